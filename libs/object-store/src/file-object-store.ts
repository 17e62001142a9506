import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import type { Readable } from 'node:stream';
import {
  assertObjectKey,
  ObjectStoreError,
  type GetOptions,
  type ObjectStore,
  type PutOptions,
  type StoredObject,
} from './object-store.js';

export interface FileObjectStoreOptions {
  /** Made when it does not exist. Several processes may share it. */
  readonly directory: string;
}

/** Beside the objects, so that a rename stays within one file system; no key begins with a dot. */
const INCOMING = '.incoming';
/** A file that lies there for longer belongs to a process that died: no upload takes a day. */
const ABANDONED_AFTER_MS = 24 * 60 * 60 * 1000;

/**
 * An object store in a folder: one file an object, named by its key. A `put` writes and syncs a temporary file, renames it
 * to its place, and syncs the folder. Content types are not kept, since the folder serves no downloads.
 */
export function createFileObjectStore({ directory }: FileObjectStoreOptions): ObjectStore {
  return new FileObjectStore(directory);
}

class FileObjectStore implements ObjectStore {
  private readonly incoming: string;
  private prepared: Promise<void> | undefined;

  constructor(private readonly directory: string) {
    this.incoming = join(directory, INCOMING);
  }

  async put(key: string, content: Readable, { maxBytes }: PutOptions): Promise<StoredObject> {
    const target = this.pathOf(key);
    await this.ping();
    const temporary = join(this.incoming, randomUUID());
    try {
      const bytes = await writeDurably(temporary, content, key, maxBytes);
      await translate(key, async () => {
        await makeDirectoryDurably(this.directory, dirname(target));
        await rename(temporary, target);
        await syncDirectory(dirname(target));
      });
      return { bytes };
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  }

  async get(key: string, { start = 0 }: GetOptions = {}): Promise<Readable> {
    const path = this.pathOf(key);
    return translate(key, async () => {
      const file = await open(path, 'r');
      if ((await file.stat()).isFile()) return file.createReadStream({ start });
      await file.close();
      throw notFound(key);
    });
  }

  async ping(): Promise<void> {
    this.prepared ??= this.prepare();
    try {
      await this.prepared;
      await stat(this.incoming);
    } catch (cause) {
      this.prepared = undefined;
      throw new ObjectStoreError('OBJECT.UNAVAILABLE', 'the folder of the object store cannot be used', { cause });
    }
  }

  private async prepare(): Promise<void> {
    await mkdir(this.incoming, { recursive: true, mode: 0o700 });
    for (const name of await readdir(this.incoming)) {
      const path = join(this.incoming, name);
      const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Infinity })); // another process has just taken it away
      if (Date.now() - mtimeMs > ABANDONED_AFTER_MS) await rm(path, { force: true });
    }
  }

  private pathOf(key: string): string {
    assertObjectKey(key);
    return join(this.directory, ...key.split('/'));
  }
}

async function writeDurably(path: string, content: Readable, key: string, maxBytes: number): Promise<number> {
  const file = await translate(key, () => open(path, 'wx', 0o600));
  try {
    const bytes = await copy(content, file, key, maxBytes);
    await translate(key, () => file.sync());
    return bytes;
  } finally {
    await file.close();
  }
}

async function copy(content: Readable, file: FileHandle, key: string, maxBytes: number): Promise<number> {
  let bytes = 0;
  for await (const piece of content.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer | string>) {
    const buffer = typeof piece === 'string' ? Buffer.from(piece) : piece;
    bytes += buffer.length;
    if (bytes > maxBytes) throw new ObjectStoreError('OBJECT.TOO_LARGE', `${key} is larger than ${maxBytes} bytes`);
    await translate(key, () => file.writeFile(buffer));
  }
  return bytes;
}

/** Makes the folders between `root` and `directory`, and syncs each that got a new entry. */
async function makeDirectoryDurably(root: string, directory: string): Promise<void> {
  const first = await mkdir(directory, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  const depth = relative(root, directory).split(sep).length;
  for (let parent = dirname(directory), level = 0; level < depth; parent = dirname(parent), level += 1) {
    await syncDirectory(parent);
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

async function translate<Result>(key: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof ObjectStoreError) throw cause;
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw notFound(key, cause);
    if (code === 'ENOTDIR' || code === 'EISDIR' || code === 'EEXIST' || code === 'ENOTEMPTY') {
      const message = `${key} cannot be used: files cannot hold an object and, below its name, another`;
      throw new ObjectStoreError('OBJECT.KEY_INVALID', message, { cause });
    }
    throw new ObjectStoreError('OBJECT.UNAVAILABLE', `the store failed at ${key}`, { cause });
  }
}

function notFound(key: string, cause?: unknown): ObjectStoreError {
  return new ObjectStoreError('OBJECT.NOT_FOUND', `there is no object ${key}`, { cause });
}
