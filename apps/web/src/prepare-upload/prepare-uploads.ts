import { Inject, Injectable } from '@nestjs/common';
import { isObjectStoreError, type PresignedUpload, type Uploads, type UploadSize } from '@looseleaf/object-store';
import { ProblemError } from '@looseleaf/service-kit';
import { objectStoreAway } from '../http/object-store-problems.js';
import { STOCK_FILE_TYPE, stockFileKey } from '../receive-stock-file/stock-file-object.js';
import type { SignedIds } from '../signed-ids/signed-ids.js';
import { STOCK_FILE_IDS, UPLOADS } from '../web.tokens.js';

/** 5 GiB: what S3 takes in one PUT (docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html), so that stores are alike. */
export const MAX_UPLOAD_BYTES = 5 * 1024 ** 3;
/** Long enough to fetch the file from somewhere, short enough that an address found later is worth nothing. */
const VALID_MS = 60 * 60 * 1000;

/** Makes addresses to which stock files of any size can be put. */
@Injectable()
export class PrepareUploads {
  constructor(
    @Inject(STOCK_FILE_IDS) private readonly ids: SignedIds,
    @Inject(UPLOADS) private readonly uploads: Uploads,
  ) {}

  /**
   * @param bytes the exact size; `undefined`: any up to {@link MAX_UPLOAD_BYTES}
   * @throws ProblemError 413; 503 when the object store notes its addresses and is away
   */
  async prepare(bytes?: number): Promise<PresignedUpload & { id: string }> {
    if (bytes !== undefined && bytes > MAX_UPLOAD_BYTES) throw tooLarge();
    const id = this.ids.make();
    const size: UploadSize = bytes === undefined ? { maxBytes: MAX_UPLOAD_BYTES } : { bytes };
    return { id, ...(await this.#presign(stockFileKey(id), size)) };
  }

  async #presign(key: string, size: UploadSize): Promise<PresignedUpload> {
    const expiresAt = new Date(Date.now() + VALID_MS);
    try {
      return await this.uploads.presign(key, { contentType: STOCK_FILE_TYPE, size, expiresAt });
    } catch (error) {
      throw isObjectStoreError(error, 'OBJECT.UNAVAILABLE') ? objectStoreAway(error) : error;
    }
  }
}

function tooLarge(): ProblemError {
  const detail = 'A stock file has at most 5 GiB. Split a larger one, each part with the header line.';
  return new ProblemError(413, 'STOCK_FILE.TOO_LARGE', detail);
}
