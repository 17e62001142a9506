import type { Readable } from 'node:stream';
import type { StoredObject } from './object-store.js';

/**
 * Lets others put objects straight into the store, and tells when they have.
 *
 * - **Address**: whoever has it may put one object under one key, of one media type and size, until it expires; no other
 *   credentials are asked for. It creates and never replaces: a second use is refused, so that a sender who did not get the
 *   answer to the first learns that the object had arrived.
 * - **Delivery**: of each upload that is complete, `consume`'s handler is told at least once. The object and the fact that
 *   it is still to be told become durable together: no outage of whatever the handler talks to, and no death of a process,
 *   loses one. Told until the handler resolves; a second time only when a process dies, or stands still for seconds, in
 *   between.
 * - **Ordering**: by `completedAt`, one at a time; one that cannot be told holds back those after it. Uploads that end while
 *   another one is just being completed may change places.
 * - **Concurrency**: of the processes that consume, one tells at a time; when it dies, another goes on after seconds.
 * - **Shutdown**: `UploadConsumer.stop`.
 */
export interface Uploads {
  /**
   * Makes an address for one upload.
   * @throws ObjectStoreError `OBJECT.KEY_INVALID`; `OBJECT.UNAVAILABLE` where the store notes its addresses
   */
  presign(key: string, options: PresignOptions): Promise<PresignedUpload>;
  /** Starts to tell of uploads, those before the start included. At most one consumer for each object of this type. */
  consume(handler: UploadHandler, options: ConsumeUploadsOptions): UploadConsumer;
}

/**
 * How large an upload is. A store that cannot enforce a maximum itself (the pre-signed PUT of S3 binds exact sizes only)
 * deletes what is too large instead of telling of it.
 */
export type UploadSize = { readonly bytes: number } | { readonly maxBytes: number };

export interface PresignOptions {
  /** Media type without parameters, in lower case: `text/csv`. */
  readonly contentType: string;
  readonly size: UploadSize;
  /** Cut to whole seconds. An upload that began in time may go on after it. */
  readonly expiresAt: Date;
}

export interface PresignedUpload {
  readonly method: 'PUT';
  /** Absolute, or a path below the address of the service that receives uploads. */
  readonly url: string;
  /** What the request must carry besides its content. */
  readonly headers: Readonly<Record<string, string>>;
  readonly expiresAt: Date;
}

/** An upload that is complete: its object can be read. */
export interface CompletedUpload {
  readonly key: string;
  readonly versionId: string;
  readonly bytes: number;
  /** When its last byte arrived. */
  readonly completedAt: Date;
}

/** Resolves when it need not be told again; a rejection has it told again, after a pause that grows to seconds. */
export type UploadHandler = (upload: CompletedUpload) => Promise<void>;

export interface ConsumeUploadsOptions {
  /** Told of each attempt that failed, in the handler or in the store; for the log. */
  readonly onError: (error: unknown) => void;
}

export interface UploadConsumer {
  /** Tells no more, and resolves when the running call of the handler has ended. */
  stop(): Promise<void>;
}

/**
 * What a service needs that receives uploads itself, for a store that cannot. Its route is `PUT <path>/<key>`.
 */
export interface UploadReceiver {
  /**
   * Checks everything that can be told before the content.
   * @throws ObjectStoreError `UPLOAD.SIGNATURE` (anything was changed), `UPLOAD.EXPIRED`, `UPLOAD.MEDIA_TYPE`,
   * `OBJECT.TOO_LARGE`, `OBJECT.WRONG_SIZE`, `OBJECT.EXISTS` (the address was used), `OBJECT.UNAVAILABLE`
   */
  admit(request: UploadRequest): Promise<AdmittedUpload>;
  /**
   * Stores the content of an upload that was admitted, as {@link ObjectStore.put} does, and has it told.
   * After `OBJECT.UNAVAILABLE` it may be complete all the same: then the next attempt gets `OBJECT.EXISTS`.
   * @throws ObjectStoreError `OBJECT.TOO_LARGE` as soon as it shows, `OBJECT.WRONG_SIZE`, `OBJECT.EXISTS`
   */
  receive(upload: AdmittedUpload, content: Readable): Promise<StoredObject>;
}

/** The head of a PUT to a pre-signed address. */
export interface UploadRequest {
  readonly key: string;
  /** Of the address; a parameter that stands there twice is not a string. */
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly contentType: string | undefined;
  /** `undefined` with chunked encoding. */
  readonly contentLength: number | undefined;
}

/** What an address allows. */
export interface AdmittedUpload {
  readonly key: string;
  readonly contentType: string;
  readonly size: UploadSize;
  readonly expiresAt: Date;
}
