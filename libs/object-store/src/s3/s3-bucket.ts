import { S3, type ListObjectVersionsCommandOutput, type ObjectVersion } from '@aws-sdk/client-s3';
import { isObjectStoreError, ObjectStoreError } from '../object-store.js';
import { toObjectStoreError } from './s3-errors.js';

export interface S3Options {
  /** Base address of the server: `http://127.0.0.1:7070`, `https://s3.eu-central-1.amazonaws.com`. */
  readonly endpoint: string;
  readonly region: string;
  /** Must exist and keep versions; see {@link provisionS3Bucket}. */
  readonly bucket: string;
  /** Default: what the SDK finds, such as the role of the machine or of the Kubernetes service account. */
  readonly credentials?: S3Credentials;
  /** Whether the bucket stands in the path of addresses, as most servers other than AWS want it, or before the host's name. */
  readonly pathStyle: boolean;
}

export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

const CONNECT_TIMEOUT_MS = 1_000;
/** Of a call with its retries. Callers wait for it, so it is not long. */
export const CALL_TIMEOUT_MS = 5_000;
/** A connection that the server closed while nobody used it costs an attempt. */
const ATTEMPTS = 3;

type RequestChecksumCalculation = 'WHEN_SUPPORTED' | 'WHEN_REQUIRED';
type Call<Result> = (s3: S3, bucket: string, options: { readonly abortSignal: AbortSignal }) => Promise<Result>;

/** Something small that is kept beside the objects. */
export interface Note {
  readonly key: string;
  readonly versionId: string;
  readonly etag: string;
}

/** Only if there is none, or only if it is still the one with this tag. */
export type NoteCondition = { readonly IfNoneMatch?: '*' } | { readonly IfMatch: string };

/** A bucket, each call to which ends in bounded time and fails with an error of the port. */
export class S3Bucket {
  readonly #s3: S3;
  readonly #options: S3Options;

  constructor(options: S3Options) {
    this.#options = options;
    this.#s3 = createClient(options);
  }

  get name(): string {
    return this.#options.bucket;
  }

  /**
   * @param timeoutMs of the call up to the head of its answer
   * @throws ObjectStoreError `OBJECT.NOT_FOUND`, `OBJECT.EXISTS` when a condition does not hold, `OBJECT.UNAVAILABLE`
   */
  async call<Result>(work: Call<Result>, timeoutMs = CALL_TIMEOUT_MS): Promise<Result> {
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(), timeoutMs);
    try {
      return await work(this.#s3, this.name, { abortSignal: controller.signal });
    } catch (error) {
      throw toObjectStoreError(error, this.#options, controller.signal.aborted ? timeoutMs : undefined);
    } finally {
      clearTimeout(timer);
    }
  }

  /** All versions of all keys that begin with this, in the order of the keys, and then the newest first. @throws ObjectStoreError */
  async *listVersions(prefix: string): AsyncGenerator<ObjectVersion, void> {
    let page: ListObjectVersionsCommandOutput | undefined;
    do {
      const from = { KeyMarker: page?.NextKeyMarker, VersionIdMarker: page?.NextVersionIdMarker };
      page = await this.call((s3, Bucket, options) =>
        s3.listObjectVersions({ Bucket, Prefix: prefix, ...from }, options),
      );
      yield* page.Versions ?? [];
    } while (page.IsTruncated === true);
  }

  /** Puts something small that is no object of the store. @returns its version @throws ObjectStoreError */
  async putNote(key: string, body: string, condition: NoteCondition = {}): Promise<Note> {
    const Body = Buffer.from(body);
    const { VersionId, ETag } = await this.call((s3, Bucket, options) =>
      s3.putObject({ Bucket, Key: key, Body, ContentLength: Body.length, ...condition }, options),
    );
    return { key, versionId: this.assertVersioned(VersionId), etag: ETag! };
  }

  /** What was put there last. @throws ObjectStoreError `OBJECT.UNAVAILABLE` */
  async getNote(key: string): Promise<{ readonly note: Note; readonly body: string } | undefined> {
    try {
      return await this.call(async (s3, Bucket, options) => {
        const { Body, VersionId, ETag } = await s3.getObject({ Bucket, Key: key }, options);
        return { note: { key, versionId: VersionId!, etag: ETag! }, body: await Body!.transformToString() };
      });
    } catch (error) {
      if (isObjectStoreError(error, 'OBJECT.NOT_FOUND')) return undefined;
      throw error;
    }
  }

  /** What has been put has a version, unless the bucket keeps none. @throws ObjectStoreError `OBJECT.UNAVAILABLE` */
  assertVersioned(versionId: string | undefined): string {
    if (versionId !== undefined) return versionId;
    throw new ObjectStoreError('OBJECT.UNAVAILABLE', `the bucket ${this.name} of the object store keeps no versions`);
  }

  /** For good, unlike a removal that names no version. @throws ObjectStoreError */
  async removeVersion(key: string, versionId: string): Promise<void> {
    await this.call((s3, Bucket, options) => s3.deleteObject({ Bucket, Key: key, VersionId: versionId }, options));
  }

  /** An answer without a body does not say whether it is the object that is not there, or its bucket. @throws ObjectStoreError */
  async assertThere(): Promise<void> {
    await this.call((s3, Bucket, options) => s3.listObjectsV2({ Bucket, MaxKeys: 0 }, options));
  }
}

/** @param requestChecksumCalculation whether bodies are sent with a checksum where the server does not insist on one */
export function createClient(
  { endpoint, region, credentials, pathStyle }: S3Options,
  requestChecksumCalculation: RequestChecksumCalculation = 'WHEN_SUPPORTED',
): S3 {
  return new S3({
    endpoint,
    region,
    forcePathStyle: pathStyle,
    ...(credentials && { credentials }),
    maxAttempts: ATTEMPTS,
    requestHandler: { connectionTimeout: CONNECT_TIMEOUT_MS },
    requestChecksumCalculation,
  });
}
