import type { FastifyRequest } from 'fastify';

const ANONYMOUS = 'anonymous';

/**
 * Who makes the request: the namespace of idempotency keys. Until callers have an identity, all of them are one, so a
 * key is as unique as its maker makes it (a UUID, say).
 */
export function callerOf(_request: FastifyRequest): string {
  return ANONYMOUS;
}
