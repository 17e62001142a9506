import { mkdir, open, readdir, rm, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { ObjectStoreError } from '../object-store.js';
import type { FileLayout } from './file-layout.js';
import { translate } from './unavailable.js';

/** A draft that has not grown for so long belongs to a process that died. */
const ABANDONED_AFTER_MS = 60 * 60 * 1000;
/** Of a draft: its content. */
const OBJECT_FILE = 'object';

/** What an object's size must be. */
export interface SizeLimits {
  readonly minBytes: number;
  readonly maxBytes: number;
}

/** A folder with content that is whole and synced, and has no name yet. */
export interface Draft {
  readonly folder: string;
  readonly object: string;
  readonly bytes: number;
  readonly storedAt: Date;
  /** Tells its file from any other, whatever name it gets. */
  readonly inode: bigint;
}

/** The file with the content of a draft. */
export function objectFile(draftFolder: string): string {
  return join(draftFolder, OBJECT_FILE);
}

/** Writes drafts, and clears away those that nobody finishes. */
export class Drafts {
  private lastMs = 0;

  constructor(private readonly layout: FileLayout) {}

  /**
   * Writes and syncs all that `content` gives. Whatever fails, nothing stays.
   * @throws ObjectStoreError `OBJECT.TOO_LARGE` as soon as it shows, `OBJECT.WRONG_SIZE`, `OBJECT.UNAVAILABLE`
   */
  async write(content: Readable, limits: SizeLimits): Promise<Draft> {
    await this.layout.ensure();
    const folder = this.layout.newDraft();
    try {
      await translate(() => mkdir(folder, { mode: 0o700 }));
      const object = objectFile(folder);
      const file = await translate(() => open(object, 'wx', 0o600));
      try {
        return { folder, object, ...(await this.fill(file, content, limits)) };
      } finally {
        await file.close();
      }
    } catch (error) {
      await this.discard(folder);
      throw error;
    }
  }

  /** Takes a draft away. What cannot be taken away now is swept later. */
  async discard(folder: string): Promise<void> {
    await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  }

  /** Takes away what processes left that died. */
  async sweep(): Promise<void> {
    for (const name of await translate(() => readdir(this.layout.incoming))) {
      const folder = join(this.layout.incoming, name);
      if (Date.now() - (await lastChangeMs(folder)) > ABANDONED_AFTER_MS) await this.discard(folder);
    }
  }

  private async fill(
    file: FileHandle,
    content: Readable,
    { minBytes, maxBytes }: SizeLimits,
  ): Promise<Pick<Draft, 'bytes' | 'storedAt' | 'inode'>> {
    const bytes = await copy(content, file, maxBytes);
    if (bytes < minBytes) {
      throw new ObjectStoreError('OBJECT.WRONG_SIZE', `there are ${bytes} bytes instead of ${minBytes}`);
    }
    const storedAt = this.now();
    return translate(async () => {
      await file.utimes(storedAt, storedAt);
      await file.sync();
      return { bytes, storedAt, inode: (await file.stat({ bigint: true })).ino };
    });
  }

  /** Later than ever before in this process, so that what comes one after the other also has times in that order. */
  private now(): Date {
    this.lastMs = Math.max(Date.now(), this.lastMs + 1);
    return new Date(this.lastMs);
  }
}

async function copy(content: Readable, file: FileHandle, maxBytes: number): Promise<number> {
  let bytes = 0;
  for await (const piece of content.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer | string>) {
    const buffer = typeof piece === 'string' ? Buffer.from(piece) : piece;
    bytes += buffer.length;
    if (bytes > maxBytes) throw new ObjectStoreError('OBJECT.TOO_LARGE', `there are more than ${maxBytes} bytes`);
    await translate(() => file.writeFile(buffer));
  }
  return bytes;
}

/** Infinity when it has just been taken away. */
async function lastChangeMs(folder: string): Promise<number> {
  for (const path of [objectFile(folder), folder]) {
    const status = await stat(path).catch(() => undefined);
    if (status) return status.mtimeMs;
  }
  return Infinity;
}
