import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  assertObjectKey,
  isObjectStoreError,
  ObjectStoreError,
  type GetOptions,
  type ObjectStore,
  type PutOptions,
  type StoredObject,
  type VersionOptions,
} from '../object-store.js';
import { breakOffWhenSilent } from './pieces.js';
import { S3Bucket, type S3Options } from './s3-bucket.js';
import { writeObject } from './write-object.js';

const SILENT_MS = 10_000;
/** Keys of objects do not begin with a dot. */
const PROBE_PREFIX = '.probes/';

/**
 * An object store in a bucket of S3, or of a server that speaks its protocol with versions and conditional writes.
 *
 * - Objects that are larger than 8 MiB go in parts; `put` holds two of them. Parts of a process that died are taken away
 *   by `Uploads.consume`, or by a lifecycle rule of the bucket.
 * - `storedAt` is the server's, in whole seconds; S3 gives an object that came in parts the time of its first one.
 * - An answer that is lost on the way has the call made again, so that one `put` may add two versions with the same content.
 */
export function createS3ObjectStore(options: S3Options): ObjectStore {
  return new S3ObjectStore(new S3Bucket(options));
}

class S3ObjectStore implements ObjectStore {
  constructor(private readonly bucket: S3Bucket) {}

  async put(key: string, content: Readable, options: PutOptions): Promise<StoredObject> {
    assertObjectKey(key);
    const versionId = await writeObject(this.bucket, key, content, options);
    const stored = await this.head(key, { versionId });
    if (!stored) throw new ObjectStoreError('OBJECT.UNAVAILABLE', `${key} was removed when it had just been put`);
    return stored;
  }

  async get(key: string, { start = 0, versionId }: GetOptions = {}): Promise<Readable> {
    assertObjectKey(key);
    const version = versionOption(versionId);
    const Range = start > 0 ? `bytes=${start}-` : undefined;
    const { Body } = await this.bucket.call(async (s3, Bucket, options) => {
      try {
        return await s3.getObject({ Bucket, Key: key, ...version, Range }, options);
      } catch (error) {
        if ((error as Error).name === 'InvalidRange') return { Body: undefined };
        throw error;
      }
    });
    // In Node.js it is one.
    return Body === undefined ? Readable.from([]) : breakOffWhenSilent(Body as Readable, SILENT_MS);
  }

  async head(key: string, { versionId }: VersionOptions = {}): Promise<StoredObject | undefined> {
    assertObjectKey(key);
    try {
      const version = versionOption(versionId);
      const head = await this.bucket.call((s3, Bucket, options) =>
        s3.headObject({ Bucket, Key: key, ...version }, options),
      );
      return { versionId: head.VersionId!, bytes: head.ContentLength!, storedAt: head.LastModified! };
    } catch (error) {
      if (!isObjectStoreError(error, 'OBJECT.NOT_FOUND')) throw error;
      await this.bucket.assertThere();
      return undefined;
    }
  }

  async versions(key: string): Promise<readonly StoredObject[]> {
    assertObjectKey(key);
    const versions: StoredObject[] = [];
    for await (const { Key, VersionId, Size, LastModified } of this.bucket.listVersions(key)) {
      // Other keys that begin with this one come behind it.
      if (Key !== key) break;
      versions.unshift({ versionId: VersionId!, bytes: Size!, storedAt: wholeSeconds(LastModified!) });
    }
    return versions;
  }

  async ping(): Promise<void> {
    const { key, versionId } = await this.bucket.putNote(`${PROBE_PREFIX}${randomUUID()}`, '');
    await this.bucket.removeVersion(key, versionId);
  }
}

/** @throws ObjectStoreError `OBJECT.NOT_FOUND` */
function versionOption(versionId: string | undefined): { VersionId?: string } {
  if (versionId === undefined) return {};
  // An empty parameter would name the newest version.
  if (versionId === '') throw new ObjectStoreError('OBJECT.NOT_FOUND', 'there is no version with an empty id');
  return { VersionId: versionId };
}

/** As in the header of an answer; a list of some servers has more. */
function wholeSeconds(date: Date): Date {
  return new Date(Math.floor(date.getTime() / 1_000) * 1_000);
}
