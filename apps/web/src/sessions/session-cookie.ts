import { hash, randomBytes } from 'node:crypto';

const NAME = 'sid';
const ID_BYTES = 32;
/** `id.version` */
const VALUE = /^([\w-]{43})\.(\d{1,15})$/;
/**
 * The longest that browsers keep a cookie (RFC 6265bis): 400 days. How long the session lives is not the cookie's to say,
 * so that a cookie is only set by what changes the session.
 */
const MAX_AGE_SECONDS = 400 * 24 * 60 * 60;

/**
 * What a customer's cookie says: which session is theirs, and what they have seen of it. The version makes every replica
 * show them their own writes without asking anyone; nothing depends on it but how fresh an answer is.
 */
export interface SessionCookie {
  /** The secret: 256 random bits. Nobody but the customer's browser keeps it. */
  readonly id: string;
  /** What the session is known by behind the web tier: SHA-256 of the id, in base64url. */
  readonly key: string;
  readonly version: number;
}

/** A session that nobody has yet. */
export function newSessionCookie(): SessionCookie {
  return withKey(randomBytes(ID_BYTES).toString('base64url'), 0);
}

/** Reads a `Cookie` header. What is no session cookie of this shop's making is none. */
export function readSessionCookie(header: string | undefined): SessionCookie | undefined {
  for (const pair of header?.split(';') ?? []) {
    const middle = pair.indexOf('=');
    if (pair.slice(0, Math.max(middle, 0)).trim() !== NAME) continue;
    const found = VALUE.exec(pair.slice(middle + 1).trim());
    if (found) return withKey(found[1]!, Number(found[2]));
  }
  return undefined;
}

/**
 * The `Set-Cookie` header. `HttpOnly`: no script reads it. `SameSite=Lax`: other sites' forms and scripts do not send it.
 * @param secure whether it goes over TLS only
 */
export function writeSessionCookie({ id, version }: SessionCookie, secure: boolean): string {
  const attributes = `Max-Age=${MAX_AGE_SECONDS}; Path=/; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`;
  return `${NAME}=${id}.${version}; ${attributes}`;
}

function withKey(id: string, version: number): SessionCookie {
  return { id, key: hash('sha256', id, 'base64url'), version };
}
