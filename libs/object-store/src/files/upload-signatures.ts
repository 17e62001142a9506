import { createHmac, createSecretKey, timingSafeEqual, type KeyObject } from 'node:crypto';
import { ObjectStoreError, type ObjectStoreErrorCode } from '../object-store.js';
import type { AdmittedUpload, UploadSize } from '../uploads.js';

const SIGNATURE = 'signature';

/**
 * Signs what an address allows with HMAC-SHA256 (RFC 2104), and checks it without a table.
 *
 * The signature covers the parameters as they are written. Nothing is normalised before it is compared, so there are no two
 * ways to write the same permission.
 */
export class UploadSignatures {
  readonly #key: KeyObject;

  constructor(secret: string) {
    // A key of its own: what is signed here can never pass for something that is signed elsewhere with the same secret.
    this.#key = createSecretKey(createHmac('sha256', secret).update('looseleaf/uploads').digest());
  }

  /** The parameters of an address. */
  sign({ key, contentType, size, expiresAt }: AdmittedUpload): URLSearchParams {
    const [sizeName, sizeValue] = 'bytes' in size ? ['bytes', size.bytes] : ['max-bytes', size.maxBytes];
    const expires = String(Math.floor(expiresAt.getTime() / 1000));
    const parameters = { type: contentType, [sizeName]: String(sizeValue), expires };
    return new URLSearchParams({ ...parameters, [SIGNATURE]: this.#signatureOf(key, parameters) });
  }

  /**
   * What the parameters allow.
   * @throws ObjectStoreError `UPLOAD.SIGNATURE`, and only for a genuine address `UPLOAD.EXPIRED`
   */
  verify(key: string, parameters: Readonly<Record<string, unknown>>, now: Date): AdmittedUpload {
    const { [SIGNATURE]: signature, ...signed } = parameters;
    if (!isText(signed) || typeof signature !== 'string' || !isSame(signature, this.#signatureOf(key, signed))) {
      throw refused('UPLOAD.SIGNATURE', 'the address was not issued here, or was changed');
    }
    const { type: contentType, bytes, 'max-bytes': maxBytes, expires } = signed as Record<string, string>;
    const expiresAt = new Date(Number(expires) * 1000);
    if (now >= expiresAt) throw refused('UPLOAD.EXPIRED', `the address expired at ${expiresAt.toISOString()}`);
    const size: UploadSize = bytes === undefined ? { maxBytes: Number(maxBytes) } : { bytes: Number(bytes) };
    return { key, contentType: contentType!, size, expiresAt };
  }

  #signatureOf(key: string, parameters: Readonly<Record<string, string>>): string {
    const signed = ['PUT', key, Object.entries(parameters).sort(([left], [right]) => (left < right ? -1 : 1))];
    return createHmac('sha256', this.#key).update(JSON.stringify(signed)).digest('hex');
  }
}

function isText(parameters: Readonly<Record<string, unknown>>): parameters is Record<string, string> {
  return Object.values(parameters).every((value) => typeof value === 'string');
}

/** In a time that tells nothing of where they differ. */
function isSame(given: string, expected: string): boolean {
  const [left, right] = [Buffer.from(given), Buffer.from(expected)];
  return left.length === right.length && timingSafeEqual(left, right);
}

function refused(code: ObjectStoreErrorCode, message: string): ObjectStoreError {
  return new ObjectStoreError(code, message);
}
