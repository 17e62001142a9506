#!/bin/sh
# copy-built.sh <folder>: copies what the build has made, and runs in production, into it.
set -eu

find libs apps tools \( -name node_modules -o -name testing \) -prune -o -path '*/dist/*.js' ! -name '*.spec.js' -print |
  tar -c -f - -T - | tar -x -f - -C "$1"
