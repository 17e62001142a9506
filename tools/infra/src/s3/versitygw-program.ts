import path from 'node:path';
import { isExecutable, onPath, type Program } from '../programs/program.js';
import { withGo } from '../programs/with-go.js';

const VERSION = '1.8.0';

/** Versity S3 Gateway: a server with the interface of S3 that keeps objects as files. */
export const versitygwProgram: Program = {
  name: `versitygw-${VERSION}`,
  find: (folder) => onPath('versitygw') ?? [path.join(folder, 'versitygw')].find(isExecutable),
  installers: [withGo(`github.com/versity/versitygw/cmd/versitygw@v${VERSION}`, 'versitygw')],
  advice:
    'Install Go 1.26 or newer (https://go.dev/dl), or put versitygw on the PATH (https://github.com/versity/versitygw/releases).',
};
