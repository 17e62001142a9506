import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { runStep } from './progress.mjs';

const PACKAGE_FOLDERS = ['libs', 'apps', 'tools'];

/** Whether the last build was made from exactly these sources. Takes some milliseconds, where Nx takes a second. */
export function isBuilt(root) {
  const stamp = stampFile(root);
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === fingerprint(root) && packages(root).every(hasOutput);
}

/** A package of tests alone has nothing to build. */
function hasOutput(folder) {
  return existsSync(path.join(folder, 'dist/.tsbuildinfo')) || sourceFiles(path.join(folder, 'src')).length === 0;
}

/**
 * Compiles what changed, in one process of the compiler: it then reads the declarations of Nest and Node once, where Nx
 * starts a compiler for each package. A first build takes a third of the time so.
 * @throws BootstrapError with the compiler's output
 */
export async function build(root, node) {
  // Taken before: what is edited while the build runs is built next time.
  const sources = fingerprint(root);
  await runStep(
    'Building',
    'Correct what the compiler reports, then run the command again.',
    node,
    [path.join(root, 'node_modules/typescript/bin/tsc'), '--build', ...packages(root)],
    { cwd: root },
  );
  writeFileSync(stampFile(root), sources);
}

function stampFile(root) {
  return path.join(root, 'node_modules/.looseleaf-build');
}

/** A digest over names, sizes and times of everything that goes into a build. */
function fingerprint(root) {
  const digest = createHash('sha256');
  const add = (file) => {
    const { mtimeMs, size } = statSync(file);
    digest.update(`${file}\0${mtimeMs}\0${size}\n`);
  };
  for (const file of ['package-lock.json', 'tsconfig.base.json', 'nx.json']) add(path.join(root, file));
  for (const folder of packages(root)) {
    for (const file of ['package.json', 'tsconfig.json']) add(path.join(folder, file));
    for (const file of sourceFiles(path.join(folder, 'src'))) add(file);
  }
  return digest.digest('hex');
}

function packages(root) {
  return PACKAGE_FOLDERS.flatMap((folder) =>
    readdirSync(path.join(root, folder))
      .sort()
      .map((name) => path.join(root, folder, name))
      .filter((directory) => existsSync(path.join(directory, 'package.json'))),
  );
}

function sourceFiles(directory) {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { withFileTypes: true })
    .sort((left, right) => (left.name < right.name ? -1 : 1))
    .flatMap((entry) => {
      const file = path.join(directory, entry.name);
      if (entry.isDirectory()) return sourceFiles(file);
      return file.endsWith('.spec.ts') ? [] : [file];
    });
}
