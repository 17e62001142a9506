import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

const ALGORITHM = 'aes-256-gcm';
const KEY_BYTES = 32;
/** NIST SP 800-38D, section 8.2: 96 bits, never twice under one key; random ones do for fewer than 2^32 secrets. */
const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Encrypts the secrets of webhooks where they are stored: AES-256-GCM, under a key derived from the configured one by HKDF
 * (RFC 5869). The sealed form is bound to its subscription: moved to another row, it does not open.
 */
export class SecretBox {
  private readonly key: Buffer;

  constructor(webhookKey: string) {
    this.key = Buffer.from(hkdfSync('sha256', webhookKey, '', 'looseleaf webhook secrets', KEY_BYTES));
  }

  seal(secret: string, subscriptionId: string): Buffer {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv(ALGORITHM, this.key, iv, { authTagLength: TAG_BYTES });
    cipher.setAAD(Buffer.from(subscriptionId));
    const sealed = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
    return Buffer.concat([iv, cipher.getAuthTag(), sealed]);
  }

  /** @throws Error when it was sealed under another key, for another subscription, or was changed */
  open(sealed: Buffer, subscriptionId: string): string {
    const iv = sealed.subarray(0, IV_BYTES);
    const decipher = createDecipheriv(ALGORITHM, this.key, iv, { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(subscriptionId));
    decipher.setAuthTag(sealed.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
    return decipher.update(sealed.subarray(IV_BYTES + TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
  }
}
