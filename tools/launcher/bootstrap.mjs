// The first command after `git clone`: `npm start`, `npm test`, `npm run looseleaf -- …`.
// Installs and builds what is missing, and hands over to the command line under Node 24. Plain JavaScript for any
// Node ≥ 16, because at this point nothing is installed.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, isBuilt } from './bootstrap/build.mjs';
import { BootstrapError } from './bootstrap/bootstrap-error.mjs';
import { handOver } from './bootstrap/hand-over.mjs';
import { install, isInstalled } from './bootstrap/install.mjs';
import { withLock } from './bootstrap/lock.mjs';
import { findNode } from './bootstrap/node.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const command = process.argv.slice(2);

try {
  await prepare();
  await handOver(findNode(root), path.join(root, 'tools/launcher/dist/main.js'), command);
} catch (error) {
  if (!(error instanceof BootstrapError)) throw error;
  console.error(`\n${error.message}`);
  // Whoever counts tests reads the last line.
  if (command[0] === 'test') console.log('0 passed, 1 failed');
  process.exitCode = 1;
}

async function prepare() {
  if (isInstalled(root) && isBuilt(root)) return;
  await withLock(path.join(root, '.bootstrap.lock'), async () => {
    if (!isInstalled(root)) await install(root);
    if (!isBuilt(root)) await build(root, findNode(root));
  });
}
