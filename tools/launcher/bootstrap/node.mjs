import { existsSync } from 'node:fs';
import path from 'node:path';
import { BootstrapError } from './bootstrap-error.mjs';

const REQUIRED_MAJOR = 24;

/**
 * The Node to run on: the one from the lockfile (Linux x64 and arm64), elsewhere the installed one.
 * @throws BootstrapError when there is none that is new enough
 */
export function findNode(root) {
  const local = path.join(root, `node_modules/node-${process.platform}-${process.arch}/bin/node`);
  if (existsSync(local)) return local;
  if (Number(process.versions.node.split('.')[0]) >= REQUIRED_MAJOR) return process.execPath;
  throw new BootstrapError(
    `Looseleaf needs Node ${REQUIRED_MAJOR} or newer, this is ${process.version}, and for ${process.platform}-${process.arch} ` +
      `it does not bring its own. Install Node ${REQUIRED_MAJOR} from https://nodejs.org (or: nvm install ${REQUIRED_MAJOR}) and run the command again.`,
  );
}
