import { mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { assertObjectKey } from '../object-store.js';
import { syncDirectory } from './durable.js';
import { translate, unless } from './unavailable.js';

/** A folder is made once in a process: when it goes away later, that is an outage and not an empty store. */
const made = new Set<string>();
/** More than a file system keeps inside an inode, so that a full disk shows. */
const PROBE = Buffer.alloc(4_096);

/**
 * Where things are in the folder of an object store. No key begins with a dot, so what does is out of the way of objects;
 * all is below one folder, since files are linked and renamed from one place to another.
 *
 *     .versions/<key>/@0000000001     each version of an object, numbered from 1
 *     .incoming/<uuid>/               what is being written
 *     .uploaded/<time>-<uuid>/        uploads that are complete and still to be told
 *     .tellers/<number>               whose turn it is to tell
 *     <key>                           an object from before there were versions: the oldest version of its key
 */
export class FileLayout {
  readonly versions: string;
  readonly incoming: string;
  readonly uploaded: string;
  readonly tellers: string;
  constructor(readonly root: string) {
    this.versions = join(root, '.versions');
    this.incoming = join(root, '.incoming');
    this.uploaded = join(root, '.uploaded');
    this.tellers = join(root, '.tellers');
  }

  /** The folder of a key's versions. @throws ObjectStoreError `OBJECT.KEY_INVALID` */
  versionsOf(key: string): string {
    assertObjectKey(key);
    return join(this.versions, ...key.split('/'));
  }

  /** Where the object is when it was made before there were versions. @throws ObjectStoreError `OBJECT.KEY_INVALID` */
  unversioned(key: string): string {
    assertObjectKey(key);
    return join(this.root, ...key.split('/'));
  }

  /** A place in `.incoming` for something new. */
  newDraft(): string {
    return join(this.incoming, randomUUID());
  }

  /** Makes the folders that are missing. @throws ObjectStoreError `OBJECT.UNAVAILABLE` */
  async ensure(): Promise<void> {
    await translate(async () => {
      if (!made.has(this.root)) await mkdir(this.root, { recursive: true, mode: 0o700 });
      made.add(this.root);
      const folders = [this.versions, this.incoming, this.uploaded, this.tellers];
      const created = await Promise.all(folders.map((folder) => makeFolder(folder)));
      if (created.includes(true)) await syncDirectory(this.root);
    });
  }

  /** As {@link ensure}, for reading: a folder that is not there was not made yet or is away, and nobody can say which. */
  async assertThere(): Promise<void> {
    await translate(() => stat(this.root));
    await this.ensure();
  }

  /** Makes sure that something can be written, by writing it. @throws ObjectStoreError `OBJECT.UNAVAILABLE` */
  async probe(): Promise<void> {
    await this.ensure();
    const path = this.newDraft();
    await translate(async () => {
      try {
        await writeFile(path, PROBE, { flag: 'wx', mode: 0o600 });
      } finally {
        await rm(path, { force: true });
      }
    });
  }
}

/** @returns whether it was not there */
async function makeFolder(path: string): Promise<boolean> {
  if ((await unless(['ENOENT'], stat(path)))?.isDirectory()) return false;
  return (
    (await unless(
      ['EEXIST'],
      mkdir(path, { mode: 0o700 }).then(() => true),
    )) ?? assertFolder(path)
  );
}

/** It exists: another process has just made it, or it is a file. */
async function assertFolder(path: string): Promise<false> {
  if ((await stat(path)).isDirectory()) return false;
  throw Object.assign(new Error(`${path} is not a folder`), { code: 'ENOTDIR', syscall: 'stat' });
}
