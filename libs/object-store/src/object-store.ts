import type { Readable } from 'node:stream';

/**
 * Keeps objects: byte strings of any size under a key, in versions.
 *
 * - **Versions**: a `put` adds a version and keeps the earlier ones. Version ids mean nothing to others than the store.
 * - **Atomicity**: `put` is all or nothing. A reader sees the old object or the whole new one, never a part; after a
 *   failed `put` the key is as it was. Only of `OBJECT.UNAVAILABLE` from a store that is reached over a network nobody knows:
 *   the object may be there all the same.
 * - **Durability**: what `put` resolved for survives the death of any process and a loss of power.
 * - **Concurrency**: of several `put`s under one key each becomes a version, the last to finish the newest. A stream that
 *   `get` returned goes on with the version it began with.
 * - **Shutdown**: there is nothing to close; destroy the streams.
 *
 * Keys are 1–512 characters: segments of letters, digits, `.`, `_` and `-`, none beginning with a dot, divided by `/`.
 * Every method throws {@link ObjectStoreError}: `OBJECT.KEY_INVALID` for any other key, `OBJECT.UNAVAILABLE` when the
 * store cannot do its work just now (away, full, not permitted); its message says why.
 */
export interface ObjectStore {
  /**
   * Stores all that `content` gives, at the pace at which the store takes it. An error of `content` is thrown as it is.
   * `content` is neither drained nor destroyed when `put` rejects: it may be a request that still needs its answer.
   * @throws ObjectStoreError `OBJECT.TOO_LARGE` as soon as there are more than `maxBytes`; `OBJECT.EXISTS`
   */
  put(key: string, content: Readable, options: PutOptions): Promise<StoredObject>;
  /**
   * Resolves when the object is open; empty when `start` is at or beyond its end. A stream that breaks off later gives the
   * error of the medium.
   * @throws ObjectStoreError `OBJECT.NOT_FOUND`
   */
  get(key: string, options?: GetOptions): Promise<Readable>;
  /** The newest version, or the one that is named, without its content; `undefined` when there is none. */
  head(key: string, options?: VersionOptions): Promise<StoredObject | undefined>;
  /** All versions of a key, oldest first. */
  versions(key: string): Promise<readonly StoredObject[]>;
  /** Resolves when the store can be written to; for readiness. */
  ping(): Promise<void>;
}

export interface PutOptions {
  /** Media type, told to whoever downloads the object from the store itself; kept only by stores that serve downloads. */
  readonly contentType: string;
  readonly maxBytes: number;
  /** Refuse with `OBJECT.EXISTS` when the key has a version, however close in time two `put`s are. Default false. */
  readonly createOnly?: boolean;
}

export interface VersionOptions {
  /** Default: the newest. */
  readonly versionId?: string;
}

export interface GetOptions extends VersionOptions {
  /** Offset of the first byte wanted. Default 0. */
  readonly start?: number;
}

/** A version of an object. */
export interface StoredObject {
  /** Names the version among those of its key. */
  readonly versionId: string;
  readonly bytes: number;
  /** When its last byte arrived; some stores know it to the second only. */
  readonly storedAt: Date;
}

export type ObjectStoreErrorCode =
  | 'OBJECT.NOT_FOUND'
  | 'OBJECT.EXISTS'
  | 'OBJECT.TOO_LARGE'
  | 'OBJECT.WRONG_SIZE'
  | 'OBJECT.UNAVAILABLE'
  | 'OBJECT.KEY_INVALID'
  | 'UPLOAD.SIGNATURE'
  | 'UPLOAD.EXPIRED'
  | 'UPLOAD.MEDIA_TYPE';

/** What an object store throws; only `OBJECT.UNAVAILABLE` may go away when the call is made again. */
export class ObjectStoreError extends Error {
  readonly retryable: boolean;

  constructor(
    readonly code: ObjectStoreErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'ObjectStoreError';
    this.retryable = code === 'OBJECT.UNAVAILABLE';
  }
}

/** Says whether a thrown value is an {@link ObjectStoreError} of this code. */
export function isObjectStoreError(error: unknown, code: ObjectStoreErrorCode): boolean {
  return error instanceof ObjectStoreError && error.code === code;
}

const MAX_KEY_LENGTH = 512;
const KEY = /^[A-Za-z0-9_-][A-Za-z0-9._-]*(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/;

/** The rule for keys, for adapters. @throws ObjectStoreError `OBJECT.KEY_INVALID` */
export function assertObjectKey(key: string): void {
  if (key.length > MAX_KEY_LENGTH || !KEY.test(key)) {
    throw new ObjectStoreError(
      'OBJECT.KEY_INVALID',
      `${JSON.stringify(key.slice(0, MAX_KEY_LENGTH))} is no object key`,
    );
  }
}
