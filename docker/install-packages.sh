#!/bin/sh
# Installs into this folder, which holds the manifests of the workspace, the packages that the image needs at run time, without
# what only compilers and readers look at.
set -eu

npm ci --prefer-offline --no-audit --no-fund --ignore-scripts --omit=dev --omit=optional \
  --workspace=apps/web --workspace=apps/orders --workspace=apps/inventory --workspace=apps/sessions \
  --workspace=apps/notifier --workspace=tools/launcher --workspace=tools/mail-catcher

# Types, sources, tests and documentation of packages are not needed to run them, nor is what is for browsers.
find . -path '*/node_modules/*' -type f \( -name '*.ts' -o -name '*.cts' -o -name '*.mts' -o -name '*.map' -o -name '*.md' \) -delete
find . -path '*/node_modules/*' -type d \( -name test -o -name tests -o -name __tests__ -o -name benchmark \) -prune -exec rm -r {} +
rm -rf node_modules/typeorm/browser node_modules/rxjs/dist/esm5 node_modules/rxjs/dist/bundles
