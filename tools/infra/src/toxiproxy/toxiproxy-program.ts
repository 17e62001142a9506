import path from 'node:path';
import { isExecutable, onPath, type Program } from '../programs/program.js';
import { withGo } from '../programs/with-go.js';

const VERSION = '2.12.0';
const FILE = 'toxiproxy-server';

/** A proxy for TCP that can be slow, silent or gone (github.com/Shopify/toxiproxy): one executable file. */
export const toxiproxyProgram: Program = {
  name: `toxiproxy-${VERSION}`,
  find: (folder) => onPath(FILE) ?? onPath('toxiproxy') ?? [path.join(folder, FILE)].find(isExecutable),
  installers: [withGo(`github.com/Shopify/toxiproxy/v2/cmd/server@v${VERSION}`, FILE)],
  advice: `Install Go (https://go.dev/dl), or put "${FILE}" on PATH.`,
};
