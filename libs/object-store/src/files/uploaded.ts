import { randomUUID } from 'node:crypto';
import { readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { UploadInbox } from '../telling/upload-teller.js';
import type { CompletedUpload } from '../uploads.js';
import { syncDirectory, writeFileDurably } from './durable.js';
import { objectFile, type Draft, type Drafts } from './drafts.js';
import type { FileLayout } from './file-layout.js';
import { translate, unless } from './unavailable.js';
import type { Versions } from './versions.js';

/** Enough for the milliseconds of any year to come. */
const TIME_DIGITS = 15;
const NAME = /^\d{15}-[\da-f-]{36}$/;

/** What stands in `event.json`. */
interface UploadRecord {
  readonly key: string;
  readonly bytes: number;
  readonly completedAt: string;
}

/**
 * Uploads that are complete and still to be told: each a folder with the object and the record of its event.
 *
 * The folder gets its name in one rename, and with that the upload is complete: there is never an object without its event,
 * nor an event without its object. Whatever happens to the process from there on, whoever tells of the upload first gives
 * the object its place among the versions of its key.
 */
export class Uploaded implements UploadInbox<string> {
  constructor(
    private readonly layout: FileLayout,
    private readonly drafts: Drafts,
    private readonly versions: Versions,
  ) {}

  /**
   * Makes an upload complete. @returns its name
   * @throws ObjectStoreError `OBJECT.UNAVAILABLE`
   */
  async commit(key: string, { folder, bytes, storedAt }: Draft): Promise<string> {
    const name = `${String(storedAt.getTime()).padStart(TIME_DIGITS, '0')}-${randomUUID()}`;
    const record: UploadRecord = { key, bytes, completedAt: storedAt.toISOString() };
    await translate(async () => {
      await writeFileDurably(eventFile(folder), JSON.stringify(record));
      await syncDirectory(folder);
      await rename(folder, join(this.layout.uploaded, name));
      await syncDirectory(this.layout.uploaded);
    });
    return name;
  }

  async list(): Promise<string[]> {
    await this.layout.ensure();
    const names = await translate(() => readdir(this.layout.uploaded));
    // Others leave things there, too: `.DS_Store`.
    return names.filter((name) => NAME.test(name)).sort();
  }

  /** Gives the object its place, if it does not have it yet. Safe to repeat, and in several processes at the same time. */
  async settle(name: string): Promise<CompletedUpload | undefined> {
    const folder = join(this.layout.uploaded, name);
    const text = await translate(() => unless(['ENOENT'], readFile(eventFile(folder), 'utf8')));
    if (text !== undefined) {
      const { key, bytes, completedAt } = JSON.parse(text) as UploadRecord;
      const versionId = await this.place(key, objectFile(folder));
      if (versionId !== undefined) return { key, versionId, bytes, completedAt: new Date(completedAt) };
    }
    await this.remove(name);
    return undefined;
  }

  async sweep(): Promise<void> {
    await this.drafts.sweep();
  }

  async remove(name: string): Promise<void> {
    await translate(async () => {
      await rm(join(this.layout.uploaded, name), { recursive: true, force: true });
      await syncDirectory(this.layout.uploaded);
    });
  }

  private async place(key: string, object: string): Promise<string | undefined> {
    try {
      return await this.versions.create(key, object);
    } catch (error) {
      // Another process has told of it meanwhile, and takes it away.
      if ((await unless(['ENOENT'], stat(object))) === undefined) return undefined;
      throw error;
    }
  }
}

function eventFile(folder: string): string {
  return join(folder, 'event.json');
}
