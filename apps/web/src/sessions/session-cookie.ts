import { hash, randomBytes } from 'node:crypto';

const NAME = 'sid';
const ID_BYTES = 32;
/** `id.version`, or `id.version.checkout.acceptedAtMs`. */
const VALUE = /^([\w-]{43})\.(\d{1,15})(?:\.([\da-f-]{36})\.(\d{1,14}))?$/;
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
}

/**
 * What a customer's cookie says: which session is theirs, and what they have seen of it. The version makes every replica
 * show them their own writes without asking anyone; the accepted checkout makes the next request, on whatever replica,
 * finish what the last one could not.
 */
export interface SessionCookie {
  /** The secret: 256 random bits. Nobody but the customer's browser keeps it. */
  readonly id: string;
  /** What the session is known by behind the web tier: SHA-256 of the id, in base64url. */
  readonly key: string;
  readonly version: number;
  readonly accepted?: AcceptedCheckout | undefined;
}

/** A session that nobody has yet. */
export function newSessionCookie(): SessionCookie {
  return withKey(randomBytes(ID_BYTES).toString('base64url'), 0);
}

/** Reads a `Cookie` header. What is no session cookie of this shop's making is none. */
export function readSessionCookie(header: string | undefined): SessionCookie | undefined {
  if (header === undefined) return undefined;
  for (const pair of header.split(';')) {
    const [name, value = ''] = pair.split('=', 2);
    if (name?.trim() !== NAME) continue;
    const [, id, version, checkoutId, acceptedAtMs] = VALUE.exec(value.trim()) ?? [];
    if (id === undefined) continue;
    const accepted =
      checkoutId === undefined ? undefined : { id: checkoutId, acceptedAt: toTime(Number(acceptedAtMs)) };
    return withKey(id, Number(version), accepted);
  }
  return undefined;
}

/**
 * The `Set-Cookie` header. `HttpOnly`: no script reads it. `SameSite=Lax`: other sites' forms and scripts do not send it.
 * @param secure whether it goes over TLS only
 */
export function writeSessionCookie({ id, version, accepted }: SessionCookie, secure: boolean): string {
  const checkout = accepted ? `.${accepted.id}.${Date.parse(accepted.acceptedAt)}` : '';
  const attributes = `Path=/; Max-Age=${MAX_AGE_SECONDS}; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`;
  return `${NAME}=${id}.${version}${checkout}; ${attributes}`;
}

function withKey(id: string, version: number, accepted?: AcceptedCheckout): SessionCookie {
  return { id, key: hash('sha256', id, 'base64url'), version, accepted };
}

function toTime(ms: number): string {
  return new Date(ms).toISOString();
}
