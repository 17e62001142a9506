import { link, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ObjectStoreError, type StoredObject } from '../object-store.js';
import { makeDirectoryDurably, syncDirectory } from './durable.js';
import type { FileLayout } from './file-layout.js';
import { errnoOf, translate, unless } from './unavailable.js';

/** The id of an object from before there were versions. It is older than the others, whose ids are higher as text. */
const UNVERSIONED = '0000000000';
const ID_DIGITS = 10;
/** The id of the version that `create` makes. */
export const FIRST_VERSION = '0000000001';
const VERSION_FILE = /^@(\d{10})$/;
const VERSION_ID = /^\d{10}$/;
const ABSENT = ['ENOENT', 'ENOTDIR'];

/** A version and where its content is. */
export interface VersionFile extends StoredObject {
  readonly path: string;
  readonly inode: bigint;
}

/** The versions of objects, as files: numbered for each key, and never changed once they have their number. */
export class Versions {
  constructor(private readonly layout: FileLayout) {}

  /** The newest version, or the one that is named. @throws ObjectStoreError `OBJECT.UNAVAILABLE` */
  async find(key: string, versionId?: string): Promise<VersionFile | undefined> {
    const wanted = versionId ?? (await this.idsOf(key)).at(-1) ?? UNVERSIONED;
    const version = VERSION_ID.test(wanted) ? await this.look(key, wanted) : undefined;
    // Nothing is there: is the store?
    if (!version) await this.layout.assertThere();
    return version;
  }

  /** Oldest first. @throws ObjectStoreError `OBJECT.UNAVAILABLE` */
  async list(key: string): Promise<VersionFile[]> {
    const ids = [UNVERSIONED, ...(await this.idsOf(key))];
    const versions = (await Promise.all(ids.map((id) => this.look(key, id)))).filter(
      (version) => version !== undefined,
    );
    if (versions.length === 0) await this.layout.assertThere();
    return versions;
  }

  /**
   * Makes a file the newest version of a key. Several processes may do so at the same time: a link is made only where none
   * is, so each gets a number of its own.
   * @param object stays where it is, too
   * @returns the id
   */
  async add(key: string, object: string): Promise<string> {
    return translate(async () => {
      await makeDirectoryDurably(this.layout.root, this.layout.versionsOf(key));
      const last = (await this.idsOf(key)).at(-1) ?? UNVERSIONED;
      for (let number = Number(last) + 1; ; number += 1) {
        const versionId = String(number).padStart(ID_DIGITS, '0');
        if (await this.linkAs(key, versionId, object)) return versionId;
      }
    });
  }

  /**
   * Makes a file the only version of a key, unless there is one. To do it again with the same file is to have done it.
   * @returns the id, or `undefined` when the key has another object
   */
  async create(key: string, object: string): Promise<string | undefined> {
    return translate(async () => {
      if (await this.look(key, UNVERSIONED)) return undefined;
      await makeDirectoryDurably(this.layout.root, this.layout.versionsOf(key));
      if (await this.linkAs(key, FIRST_VERSION, object)) return FIRST_VERSION;
      const [first, own] = await Promise.all([this.look(key, FIRST_VERSION), stat(object, { bigint: true })]);
      return first?.inode === own.ino ? FIRST_VERSION : undefined;
    });
  }

  private async linkAs(key: string, versionId: string, object: string): Promise<boolean> {
    try {
      await link(object, this.pathOf(key, versionId));
    } catch (error) {
      if (errnoOf(error) === 'EEXIST') return false;
      throw error;
    }
    await syncDirectory(this.layout.versionsOf(key));
    return true;
  }

  private async idsOf(key: string): Promise<string[]> {
    const names = await translate(() => unless(ABSENT, readdir(this.layout.versionsOf(key))));
    return (names ?? []).flatMap((name) => VERSION_FILE.exec(name)?.[1] ?? []).sort();
  }

  private async look(key: string, versionId: string): Promise<VersionFile | undefined> {
    const path = this.pathOf(key, versionId);
    const status = await translate(() => unless(ABSENT, stat(path, { bigint: true })));
    if (!status?.isFile()) return undefined;
    const storedAt = new Date(Math.round(Number(status.mtimeNs) / 1e6));
    return { versionId, bytes: Number(status.size), storedAt, path, inode: status.ino };
  }

  private pathOf(key: string, versionId: string): string {
    if (versionId === UNVERSIONED) return this.layout.unversioned(key);
    return join(this.layout.versionsOf(key), `@${versionId}`);
  }
}

/** Without what only the adapter needs. */
export function describe({ versionId, bytes, storedAt }: VersionFile): StoredObject {
  return { versionId, bytes, storedAt };
}

export function exists(key: string): ObjectStoreError {
  return new ObjectStoreError('OBJECT.EXISTS', `there is an object ${key} already`);
}
