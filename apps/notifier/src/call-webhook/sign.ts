import { createHmac } from 'node:crypto';

/** How a secret looks that follows the specification: base64 behind this prefix. */
export const SECRET_PREFIX = 'whsec_';

/**
 * The signature of a webhook, as in the Standard Webhooks specification 1.0.0 (symmetric scheme, `v1`): HMAC-SHA256 of
 * `id.timestamp.body`. The secret's bytes are what follows `whsec_` in base64 or, without the prefix, its UTF-8.
 * @param timestampSeconds of this attempt, since 1970
 */
export function sign(secret: string, id: string, timestampSeconds: number, body: string): string {
  const digest = createHmac('sha256', keyOf(secret)).update(`${id}.${timestampSeconds}.${body}`).digest('base64');
  return `v1,${digest}`;
}

function keyOf(secret: string): Buffer {
  return secret.startsWith(SECRET_PREFIX)
    ? Buffer.from(secret.slice(SECRET_PREFIX.length), 'base64')
    : Buffer.from(secret);
}
