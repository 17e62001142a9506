import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { runStep } from './progress.mjs';

/**
 * Whether node_modules holds what package-lock.json says. npm keeps a list of what it installed; it writes it last, so
 * an interrupted installation has none.
 */
export function isInstalled(root) {
  const installedList = path.join(root, 'node_modules/.package-lock.json');
  if (!existsSync(installedList)) return false;
  const wanted = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')).packages;
  const installed = JSON.parse(readFileSync(installedList, 'utf8')).packages;
  return Object.entries(wanted).every(([at, { version, optional, link }]) => {
    if (!at.includes('node_modules/') || link) return true;
    const present = installed[at];
    return present ? present.version === version : optional === true;
  });
}

/** @throws BootstrapError with npm's output */
export async function install(root) {
  await runStep(
    'Installing packages',
    'Check the network and the registry ("npm ping"), then run the command again.',
    process.platform === 'win32' ? 'npm.cmd' : 'npm',
    ['ci', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'],
    { cwd: root, env: environmentWithoutLocalPrograms(root), shell: process.platform === 'win32' },
  );
}

/** npm must not run on the Node that it is about to replace in node_modules. */
function environmentWithoutLocalPrograms(root) {
  const local = path.join(root, 'node_modules');
  // Windows spells the variable's name in several ways.
  const name = Object.keys(process.env).find((key) => key.toUpperCase() === 'PATH') || 'PATH';
  const folders = (process.env[name] || '').split(path.delimiter).filter((folder) => !folder.startsWith(local));
  return { ...process.env, [name]: folders.join(path.delimiter) };
}
