import { randomUUID } from 'node:crypto';
import type { PresignOptions, UploadSize } from '../uploads.js';
import type { S3Bucket } from './s3-bucket.js';

/** Keys of objects do not begin with a dot. */
const PREFIX = '.uploads/';
const NAME = /^\.uploads\/(\d{15})-(\d{12})-(\d+)-([\da-f-]{36})\/(.+)$/;

/**
 * Says that there is an address, to which an object may have been put. It is made before the address is given away, and
 * removed when the object has been told. Its name holds all there is to know, so that a list of names is enough.
 */
export interface UploadMarker {
  /** Names of markers sort by the time when they were made. */
  readonly name: string;
  readonly versionId: string;
  /** The object that was put to the address carries it, too. */
  readonly id: string;
  readonly key: string;
  readonly maxBytes: number;
  readonly madeAtMs: number;
  readonly expiresAtMs: number;
}

export class UploadMarkers {
  constructor(private readonly bucket: S3Bucket) {}

  /** @returns the id @throws ObjectStoreError `OBJECT.UNAVAILABLE` */
  async make(key: string, { size, expiresAt }: Pick<PresignOptions, 'size' | 'expiresAt'>): Promise<string> {
    const id = randomUUID();
    const times = `${digits(Date.now(), 15)}-${digits(Math.floor(expiresAt.getTime() / 1_000), 12)}`;
    await this.bucket.putNote(`${PREFIX}${times}-${maxBytesOf(size)}-${id}/${key}`, '');
    return id;
  }

  /** @throws ObjectStoreError `OBJECT.UNAVAILABLE` */
  async list(): Promise<UploadMarker[]> {
    const markers: UploadMarker[] = [];
    for await (const { Key: name = '', VersionId: versionId = '' } of this.bucket.listVersions(PREFIX)) {
      const [, madeAt, expiresAt, maxBytes, id, key] = NAME.exec(name) ?? [];
      if (key === undefined || id === undefined) continue;
      const times = { madeAtMs: Number(madeAt), expiresAtMs: Number(expiresAt) * 1_000 };
      markers.push({ name, versionId, id, key, maxBytes: Number(maxBytes), ...times });
    }
    return markers;
  }

  /** @throws ObjectStoreError `OBJECT.UNAVAILABLE` */
  async remove({ name, versionId }: UploadMarker): Promise<void> {
    await this.bucket.removeVersion(name, versionId);
  }
}

function maxBytesOf(size: UploadSize): number {
  return 'bytes' in size ? size.bytes : size.maxBytes;
}

function digits(value: number, count: number): string {
  return String(value).padStart(count, '0');
}
