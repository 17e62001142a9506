import { hash } from 'node:crypto';

/** A strong entity tag: the same bytes have the same tag on every replica. */
export function strongETag(body: Buffer): string {
  return `"${hash('sha256', body, 'base64url').slice(0, 27)}"`;
}

/** Whether an `If-None-Match` header names the tag (RFC 9110, section 13.1.2: compared weakly, `*` is any). */
export function matchesETag(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  if (ifNoneMatch.trim() === '*') return true;
  return ifNoneMatch.split(',').some((candidate) => candidate.trim().replace(/^W\//, '') === etag);
}
