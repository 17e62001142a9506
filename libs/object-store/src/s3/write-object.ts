import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { CompletedPart } from '@aws-sdk/client-s3';
import { isObjectStoreError, type PutOptions } from '../object-store.js';
import { piecesOf } from './pieces.js';
import { CALL_TIMEOUT_MS, type S3Bucket } from './s3-bucket.js';

/** Of a part: S3 takes no smaller ones than 5 MiB, and at most 10,000 of them. */
const PART_BYTES = 8 * 1024 * 1024;
const MAX_PARTS = 10_000;
/** What even a slow line carries: 4 Mbit/s. */
const LOWEST_BYTES_PER_MS = 500;
/** The server may have to put the parts together. */
const COMPLETION_TIMEOUT_MS = 60_000;
/** Of an object: which call to `put` wrote it. */
const WRITER = 'writer';

interface Target {
  readonly Key: string;
  readonly ContentType: string;
  readonly Metadata: Readonly<Record<string, string>>;
  readonly IfNoneMatch?: '*';
}

/**
 * Writes an object in one request, or in parts when it is larger than one part. Content is read while no part is on its way,
 * so that it holds two parts at most and leaves the content alone as soon as something fails.
 * @returns the id of its version
 * @throws ObjectStoreError `OBJECT.EXISTS`, `OBJECT.TOO_LARGE`, `OBJECT.UNAVAILABLE`; the error of the content
 */
export async function writeObject(
  bucket: S3Bucket,
  key: string,
  content: Readable,
  { contentType, maxBytes, createOnly = false }: PutOptions,
): Promise<string> {
  const writer = randomUUID();
  const target: Target = {
    Key: key,
    ContentType: contentType,
    Metadata: { [WRITER]: writer },
    ...(createOnly && { IfNoneMatch: '*' }),
  };
  const pieces = piecesOf(content, Math.max(PART_BYTES, Math.ceil(maxBytes / MAX_PARTS)), maxBytes);
  try {
    const first = (await pieces.next()).value as Buffer;
    const second = await pieces.next();
    const versionId = await (second.done === true
      ? putWhole(bucket, target, first)
      : putInParts(bucket, target, [first, second.value], pieces));
    return bucket.assertVersioned(versionId);
  } catch (error) {
    const own = isObjectStoreError(error, 'OBJECT.EXISTS') ? await versionOf(bucket, key, writer) : undefined;
    if (own === undefined) throw error;
    return own;
  } finally {
    await pieces.return();
  }
}

async function putWhole(bucket: S3Bucket, target: Target, Body: Buffer): Promise<string | undefined> {
  const { VersionId } = await bucket.call(
    (s3, Bucket, options) => s3.putObject({ ...target, Bucket, Body, ContentLength: Body.length }, options),
    timeoutMs(Body),
  );
  return VersionId;
}

async function putInParts(
  bucket: S3Bucket,
  { IfNoneMatch, ...target }: Target,
  first: readonly Buffer[],
  rest: AsyncGenerator<Buffer, void>,
): Promise<string | undefined> {
  const { Key } = target;
  const { UploadId } = await bucket.call((s3, Bucket, options) =>
    s3.createMultipartUpload({ ...target, Bucket, ChecksumAlgorithm: 'CRC32' }, options),
  );
  const upload = { Key, UploadId };
  try {
    const Parts = await putParts(bucket, upload, first, rest);
    const { VersionId } = await bucket.call(
      (s3, Bucket, options) =>
        s3.completeMultipartUpload({ ...upload, Bucket, IfNoneMatch, MultipartUpload: { Parts } }, options),
      COMPLETION_TIMEOUT_MS,
    );
    return VersionId;
  } catch (error) {
    // What cannot be taken away now is swept later.
    await bucket
      .call((s3, Bucket, options) => s3.abortMultipartUpload({ ...upload, Bucket }, options))
      .catch(() => undefined);
    throw error;
  }
}

async function putParts(
  bucket: S3Bucket,
  upload: { readonly Key: string; readonly UploadId: string | undefined },
  first: readonly Buffer[],
  rest: AsyncGenerator<Buffer, void>,
): Promise<CompletedPart[]> {
  const parts: CompletedPart[] = [];
  const put = async (Body: Buffer): Promise<void> => {
    const PartNumber = parts.length + 1;
    const { ETag, ChecksumCRC32 } = await bucket.call(
      (s3, Bucket, options) => s3.uploadPart({ ...upload, Bucket, PartNumber, Body }, options),
      timeoutMs(Body),
    );
    parts.push({ PartNumber, ETag, ChecksumCRC32 });
  };
  for (const piece of first) await put(piece);
  for await (const piece of rest) await put(piece);
  return parts;
}

function timeoutMs(body: Buffer): number {
  return CALL_TIMEOUT_MS + body.length / LOWEST_BYTES_PER_MS;
}

/**
 * A call whose answer was lost is made again, and then finds its own object in its way.
 * @returns the version when this call wrote it
 */
async function versionOf(bucket: S3Bucket, key: string, writer: string): Promise<string | undefined> {
  const { VersionId, Metadata } = await bucket.call((s3, Bucket, options) =>
    s3.headObject({ Bucket, Key: key }, options),
  );
  return Metadata?.[WRITER] === writer ? VersionId : undefined;
}
