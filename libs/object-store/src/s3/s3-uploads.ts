import { PutObjectCommand } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { assertObjectKey } from '../object-store.js';
import { UploadTeller } from '../telling/upload-teller.js';
import type {
  ConsumeUploadsOptions,
  PresignedUpload,
  PresignOptions,
  UploadConsumer,
  UploadHandler,
  Uploads,
} from '../uploads.js';
import { createClient, S3Bucket, type S3Options } from './s3-bucket.js';
import { S3Inbox, UPLOAD_ID } from './s3-inbox.js';
import { S3Turn } from './s3-turn.js';
import { UploadMarkers } from './upload-markers.js';

/** Each look costs a request or two. */
const POLL_MS = 1_000;
/** S3 takes no later ones (docs.aws.amazon.com/AmazonS3/latest/userguide/using-presigned-url.html). */
const LONGEST_VALID_MS = 7 * 24 * 60 * 60 * 1000;

export interface S3UploadsOptions extends S3Options {
  /** Base address of the server as those know it who upload. Default: `endpoint`. */
  readonly publicEndpoint?: string;
}

/**
 * Uploads straight to a bucket of S3: who has an address puts to the server itself.
 *
 * - **Address**: S3 enforces the key, the type, an exact size, the time, and that there is no object yet. It cannot enforce
 *   a maximum: what is too large is taken, and deleted by `consume`. The sender must send all `headers`.
 * - **presign** writes a marker, so it can throw `OBJECT.UNAVAILABLE`. `expiresAt` is at most 7 days ahead (RangeError).
 * - **Delivery**: an upload that goes on for 7 days after its address expired is not told.
 * - **Ordering**: the server's time is in whole seconds. Of uploads within one second, the one whose address was made first
 *   is told first.
 */
export function createS3Uploads(options: S3UploadsOptions): Uploads {
  return new S3Uploads(new S3Bucket(options), options);
}

class S3Uploads implements Uploads {
  private readonly markers: UploadMarkers;
  private readonly signer;

  constructor(
    private readonly bucket: S3Bucket,
    { publicEndpoint, ...options }: S3UploadsOptions,
  ) {
    this.markers = new UploadMarkers(bucket);
    // An address would hold the checksum of an empty body.
    this.signer = createClient({ ...options, endpoint: publicEndpoint ?? options.endpoint }, 'WHEN_REQUIRED');
  }

  async presign(key: string, { contentType, size, ...options }: PresignOptions): Promise<PresignedUpload> {
    assertObjectKey(key);
    const expiresAt = new Date(Math.floor(options.expiresAt.getTime() / 1_000) * 1_000);
    const validMs = expiresAt.getTime() - Date.now();
    if (validMs > LONGEST_VALID_MS) throw new RangeError(`${expiresAt.toISOString()} is more than 7 days ahead`);
    const id = await this.markers.make(key, { size, expiresAt });
    const headers = { 'content-type': contentType, 'if-none-match': '*', [`x-amz-meta-${UPLOAD_ID}`]: id };
    const command = new PutObjectCommand({
      Bucket: this.bucket.name,
      Key: key,
      ContentType: contentType,
      IfNoneMatch: '*',
      Metadata: { [UPLOAD_ID]: id },
      ...('bytes' in size && { ContentLength: size.bytes }),
    });
    const signed = new Set([...Object.keys(headers), 'host', ...('bytes' in size ? ['content-length'] : [])]);
    const url = await getSignedUrl(this.signer, command, {
      ...validity(expiresAt, validMs),
      signableHeaders: signed,
      unhoistableHeaders: signed,
    });
    return { method: 'PUT', url, headers, expiresAt };
  }

  consume(handler: UploadHandler, options: ConsumeUploadsOptions): UploadConsumer {
    const turn = new S3Turn(this.bucket);
    const inbox = new S3Inbox(this.bucket, this.markers, turn);
    return new UploadTeller({ inbox, turn, pollMs: POLL_MS }, handler, options);
  }
}

/** In whole seconds from the time of the signature, so that it ends when it is to end, even if that has passed. */
function validity(expiresAt: Date, validMs: number): { signingDate: Date; expiresIn: number } {
  const expiresIn = Math.max(1, Math.ceil(validMs / 1_000));
  return { signingDate: new Date(expiresAt.getTime() - expiresIn * 1_000), expiresIn };
}
