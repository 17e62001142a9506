import { z } from 'zod';

/** A session's address: 32 bytes in base64url. Of the four ways to write them, which differ in unused bits, only one counts. */
export const sessionKey = z.string().regex(/^[\w-]{42}[AEIMQUYcgkosw048]$/, 'must be 32 bytes in base64url');

/** A version that a client has seen. */
export const version = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
