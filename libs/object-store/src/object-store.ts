import type { Readable } from 'node:stream';

/**
 * Keeps objects: byte strings of any size under a key.
 *
 * - **Atomicity**: `put` is all or nothing. A reader sees the old object or the whole new one, never a part; after a
 *   failed `put`, whatever failed, the key is as it was.
 * - **Durability**: what `put` resolved for survives the death of any process and a loss of power.
 * - **Concurrency**: of several `put`s under one key the last to finish stays. A stream that `get` returned goes on with
 *   the object it began with.
 * - **Shutdown**: there is nothing to close; destroy the streams.
 *
 * Keys are 1–512 characters: segments of letters, digits, `.`, `_` and `-`, none beginning with a dot, divided by `/`.
 * Every method throws {@link ObjectStoreError}: `OBJECT.KEY_INVALID` for any other key, `OBJECT.UNAVAILABLE` when the
 * store cannot do its work just now (away, full, not permitted).
 */
export interface ObjectStore {
  /**
   * Stores all that `content` gives, at the pace at which the store takes it. An error of `content` is thrown as it is.
   * `content` is neither drained nor destroyed when `put` rejects: it may be a request that still needs its answer.
   * @throws ObjectStoreError `OBJECT.TOO_LARGE` as soon as there are more than `maxBytes`
   */
  put(key: string, content: Readable, options: PutOptions): Promise<StoredObject>;
  /**
   * Resolves when the object is open; empty when `start` is at or beyond its end. A stream that breaks off later gives the
   * error of the medium.
   * @throws ObjectStoreError `OBJECT.NOT_FOUND`
   */
  get(key: string, options?: GetOptions): Promise<Readable>;
  /** Resolves when the store can be written to; for readiness. */
  ping(): Promise<void>;
}

export interface PutOptions {
  /** Media type, told to whoever downloads the object from the store itself; kept only by stores that serve downloads. */
  readonly contentType: string;
  readonly maxBytes: number;
}

export interface GetOptions {
  /** Offset of the first byte wanted. Default 0. */
  readonly start?: number;
}

export interface StoredObject {
  readonly bytes: number;
}

export type ObjectStoreErrorCode =
  'OBJECT.NOT_FOUND' | 'OBJECT.TOO_LARGE' | 'OBJECT.UNAVAILABLE' | 'OBJECT.KEY_INVALID';

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
