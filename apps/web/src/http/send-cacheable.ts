import type { FastifyReply, FastifyRequest } from 'fastify';
import { matchesETag } from './etag.js';

/** JSON that browsers and edge caches may keep for a moment. */
export interface CacheableJson {
  readonly body: string;
  readonly etag: string;
  /** Time since its owner answered. */
  readonly ageMs: number;
  /** How long it may be kept, counted from the owner's answer. */
  readonly maxAgeMs: number;
}

/**
 * Answers so that browsers and edge caches may keep it: `Cache-Control` with the `Age` that it has already, so that all
 * caches on the way together keep it no longer than one would; a strong `ETag`, and 304 when the client has it.
 */
export function sendCacheable(request: FastifyRequest, reply: FastifyReply, json: CacheableJson): void {
  const { body, etag, ageMs, maxAgeMs } = json;
  void reply.header('etag', etag).header('cache-control', `public, max-age=${maxAgeMs / 1_000}`);
  if (ageMs > 0) void reply.header('age', String(Math.ceil(ageMs / 1_000)));
  if (matchesETag(request.headers['if-none-match'], etag)) void reply.status(304).send();
  else void reply.type('application/json').send(body);
}
