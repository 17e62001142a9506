import { mkdir, open } from 'node:fs/promises';
import { dirname, relative, sep } from 'node:path';

/** Makes what was added to, renamed in or removed from a folder survive a loss of power. */
export async function syncDirectory(path: string): Promise<void> {
  // Windows cannot open a folder; NTFS journals the rename by itself.
  if (process.platform === 'win32') return;
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** Makes the folders between `root` and `directory`, and syncs each that got a new entry. */
export async function makeDirectoryDurably(root: string, directory: string): Promise<void> {
  const first = await mkdir(directory, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  const depth = relative(root, directory).split(sep).length;
  for (let parent = dirname(directory), level = 0; level < depth; parent = dirname(parent), level += 1) {
    await syncDirectory(parent);
  }
}

/** Writes a file that must not exist yet, and syncs it. */
export async function writeFileDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}
