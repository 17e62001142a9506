import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/** The suffix of a file that is not whole yet. */
export const PART = '.part';

/** A file that is to appear. All files that are written together lie in one folder. */
export interface NewFile {
  readonly path: string;
  readonly content: Buffer;
}

/**
 * Writes new files so that each appears whole, and that they survive a power cut when this resolves. When it rejects, none
 * of them is there; when the process dies meanwhile, some may be.
 */
export async function writeTogether(files: readonly NewFile[]): Promise<void> {
  const [first] = files;
  if (!first) return;
  try {
    for (const { path, content } of files) await writeAndSync(`${path}${PART}`, content);
    for (const { path } of files) await rename(`${path}${PART}`, path);
    await syncDirectory(dirname(first.path));
  } catch (error) {
    // Where nothing can be written, nothing can be removed either: the first error is the one that tells why.
    await Promise.allSettled(
      files.flatMap(({ path }) => [rm(`${path}${PART}`, { force: true }), rm(path, { force: true })]),
    );
    throw error;
  }
}

/** Adds to the end of a file, or makes it; what is added survives a power cut when this resolves. */
export async function appendAndSync(path: string, content: string): Promise<void> {
  const file = await open(path, 'a', 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function writeAndSync(path: string, content: Buffer): Promise<void> {
  const file = await open(path, 'w', 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncDirectory(path: string): Promise<void> {
  // Windows cannot open a folder; NTFS journals the rename by itself.
  if (process.platform === 'win32') return;
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
