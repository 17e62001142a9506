import path from 'node:path';
import { isExecutable, onPath, type Program } from '../programs/program.js';
import { withGo } from '../programs/with-go.js';

const VERSION = '1.8.1';
const FILE = 'k6';

/** k6 (go.k6.io): a load generator with an open model, one executable file. */
export const k6Program: Program = {
  name: `k6-${VERSION}`,
  find: (folder) => onPath(FILE) ?? [path.join(folder, FILE)].find(isExecutable),
  installers: [withGo(`go.k6.io/k6@v${VERSION}`, FILE)],
  advice: `Install Go 1.25 or newer (https://go.dev/dl), or put "${FILE}" ${VERSION} on PATH (https://github.com/grafana/k6/releases).`,
};
