import { ProblemError } from '@looseleaf/service-kit';

/** Characters of a session's key that tell its carts from those of other sessions. */
const KEY_LENGTH = 8;
const ETAG = /^"([\w-]{8})-(\d{1,15})"$/;
/** Of the cart of nobody's session. */
export const EMPTY_CART_ETAG = '"empty"';

/** The entity tag of a cart: the same address shows each customer another one, so the version alone would not do. */
export function cartETag(key: string, version: number): string {
  return `"${key.slice(0, KEY_LENGTH)}-${version}"`;
}

/**
 * The version of the cart that an `If-Match` header names; `undefined` when any will do.
 * @param key of the session; none: the customer has no session
 * @throws ProblemError 412 `CART.CHANGED` when it names something else
 */
export function seenVersion(ifMatch: string | undefined, key: string | undefined): number | undefined {
  if (ifMatch === undefined || ifMatch.trim() === '*') return undefined;
  const [, prefix, version] = ETAG.exec(ifMatch.trim()) ?? [];
  if (key !== undefined && prefix === key.slice(0, KEY_LENGTH)) return Number(version);
  if (key === undefined && ifMatch.trim() === EMPTY_CART_ETAG) return undefined;
  throw new ProblemError(412, 'CART.CHANGED', 'If-Match names another cart than this one. Read it again.');
}
