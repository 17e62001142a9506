import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import {
  assertObjectKey,
  ObjectStoreError,
  type GetOptions,
  type ObjectStore,
  type PutOptions,
  type StoredObject,
  type VersionOptions,
} from '../object-store.js';
import { Drafts } from './drafts.js';
import { FileLayout } from './file-layout.js';
import { translate } from './unavailable.js';
import { describe, exists, Versions } from './versions.js';

export interface FileObjectStoreOptions {
  /** Made when it does not exist. Several processes may share it. */
  readonly directory: string;
}

/**
 * An object store in a folder: one file a version. A `put` writes and syncs a draft, links it to its place, and syncs the
 * folder. Content types are not kept, since the folder serves no downloads.
 */
export function createFileObjectStore({ directory }: FileObjectStoreOptions): ObjectStore {
  return new FileObjectStore(new FileLayout(directory));
}

class FileObjectStore implements ObjectStore {
  private readonly drafts: Drafts;
  private readonly stored: Versions;

  constructor(private readonly layout: FileLayout) {
    this.drafts = new Drafts(layout);
    this.stored = new Versions(layout);
  }

  async put(key: string, content: Readable, { maxBytes, createOnly = false }: PutOptions): Promise<StoredObject> {
    assertObjectKey(key);
    const { folder, object, bytes, storedAt } = await this.drafts.write(content, { minBytes: 0, maxBytes });
    try {
      const versionId = await (createOnly ? this.stored.create(key, object) : this.stored.add(key, object));
      if (versionId === undefined) throw exists(key);
      return { versionId, bytes, storedAt };
    } finally {
      await this.drafts.discard(folder);
    }
  }

  async get(key: string, { start = 0, versionId }: GetOptions = {}): Promise<Readable> {
    const version = await this.stored.find(key, versionId);
    if (!version) throw new ObjectStoreError('OBJECT.NOT_FOUND', `there is no object ${key}`);
    const file = await translate(() => open(version.path, 'r'));
    return file.createReadStream({ start });
  }

  async head(key: string, { versionId }: VersionOptions = {}): Promise<StoredObject | undefined> {
    const version = await this.stored.find(key, versionId);
    return version && describe(version);
  }

  async versions(key: string): Promise<readonly StoredObject[]> {
    return (await this.stored.list(key)).map(describe);
  }

  async ping(): Promise<void> {
    await this.layout.probe();
  }
}
