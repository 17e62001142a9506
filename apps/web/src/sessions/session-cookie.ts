import { hash, randomBytes } from 'node:crypto';

const NAME = 'sid';
const CLAIM_PREFIX = 'sid-accepted-';
const ID_BYTES = 32;
/** `id.version` */
const VALUE = /^([\w-]{43})\.(\d{1,15})$/;
/** `acceptedAtMs.proof` */
const CLAIM = /^(\d{1,13})\.([\da-f-]{36})$/;
const CHECKOUT_ID = /^[\da-f-]{36}$/;
/** More than a customer ever gets without one request in between that settles them. */
const MAX_CLAIMS = 8;
/**
 * The longest that browsers keep a cookie (RFC 6265bis): 400 days. How long the session lives is not the cookie's to say,
 * so that a cookie is only set by what changes the session.
 */
const MAX_AGE_SECONDS = 400 * 24 * 60 * 60;

/** A checkout whose order was accepted, which the session store could not be told. */
export interface AcceptedCheckout {
  readonly id: string;
  /** RFC 3339 UTC. */
  readonly acceptedAt: string;
  /** That the web tier says so, and not the customer. */
  readonly proof: string;
}

/**
 * What a customer's cookies say: which session is theirs, and what they have seen of it. The version makes every replica
 * show them their own writes without asking anyone; an accepted checkout makes the next request, on whatever replica,
 * finish what the last one could not.
 */
export interface SessionCookie {
  /** The secret: 256 random bits. Nobody but the customer's browser keeps it. */
  readonly id: string;
  /** What the session is known by behind the web tier: SHA-256 of the id, in base64url. */
  readonly key: string;
  readonly version: number;
  /** In a cookie each, so that answers to other requests, which may come later, do not overwrite them. */
  readonly accepted: readonly AcceptedCheckout[];
  /** Checkouts that need not be told any more. */
  readonly settled?: readonly string[];
}

/** A session that nobody has yet. */
export function newSessionCookie(): SessionCookie {
  return withKey(randomBytes(ID_BYTES).toString('base64url'), 0, []);
}

/** Reads a `Cookie` header. What is no session cookie of this shop's making is none. */
export function readSessionCookie(header: string | undefined): SessionCookie | undefined {
  if (header === undefined) return undefined;
  let found: readonly string[] | undefined;
  const accepted: AcceptedCheckout[] = [];
  for (const pair of header.split(';')) {
    const middle = pair.indexOf('=');
    const name = pair.slice(0, Math.max(middle, 0)).trim();
    const value = pair.slice(middle + 1).trim();
    if (name === NAME) found ??= VALUE.exec(value) ?? undefined;
    else if (name.startsWith(CLAIM_PREFIX)) accepted.push(...readClaim(name.slice(CLAIM_PREFIX.length), value));
  }
  if (!found) return undefined;
  return withKey(found[1]!, Number(found[2]), accepted.slice(0, MAX_CLAIMS));
}

/**
 * The `Set-Cookie` headers. `HttpOnly`: no script reads them. `SameSite=Lax`: other sites' forms and scripts do not send them.
 * @param secure whether they go over TLS only
 */
export function writeSessionCookie({ id, version, accepted, settled = [] }: SessionCookie, secure: boolean): string[] {
  const attributes = `Path=/; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`;
  const lasting = `Max-Age=${MAX_AGE_SECONDS}; ${attributes}`;
  return [
    `${NAME}=${id}.${version}; ${lasting}`,
    ...accepted.map((claim) => `${CLAIM_PREFIX}${claim.id}=${Date.parse(claim.acceptedAt)}.${claim.proof}; ${lasting}`),
    ...settled.map((checkoutId) => `${CLAIM_PREFIX}${checkoutId}=; Max-Age=0; ${attributes}`),
  ];
}

function withKey(id: string, version: number, accepted: readonly AcceptedCheckout[]): SessionCookie {
  return { id, key: hash('sha256', id, 'base64url'), version, accepted };
}

function readClaim(id: string, value: string): AcceptedCheckout[] {
  const [, acceptedAtMs, proof] = CLAIM.exec(value) ?? [];
  if (proof === undefined || !CHECKOUT_ID.test(id)) return [];
  return [{ id, acceptedAt: new Date(Number(acceptedAtMs)).toISOString(), proof }];
}
