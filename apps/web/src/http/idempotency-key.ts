import { ProblemError } from '@looseleaf/service-kit';
import type { ApiHeaderOptions } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { callerOf } from './caller.js';

/** 1 to 255 printable ASCII characters: what an HTTP header can carry unharmed. */
export const idempotencyKey = z.string().regex(/^[\x20-\x7e]{1,255}$/, 'must be 1 to 255 printable ASCII characters');

/** An idempotency key, and the caller whose key it is. */
export interface KeyOfCaller {
  readonly caller: string;
  readonly key: string;
}

/** The header, for the API document. @param what it is the key of: `order` */
export function idempotencyKeyHeader(what: string): ApiHeaderOptions {
  return {
    name: 'Idempotency-Key',
    required: false,
    schema: { type: 'string', minLength: 1, maxLength: 255 },
    description: `The same key is the same ${what}, however often it is sent.`,
  };
}

/**
 * The key in an `Idempotency-Key` header; `undefined` when there is none.
 * @throws ProblemError 400 `IDEMPOTENCY.KEY_INVALID`
 */
export function keyOfCaller(request: FastifyRequest, header: string | undefined): KeyOfCaller | undefined {
  if (header === undefined) return undefined;
  if (idempotencyKey.safeParse(header).success) return { caller: callerOf(request), key: header };
  const detail = 'An Idempotency-Key is 1 to 255 printable ASCII characters, for example a UUID.';
  throw new ProblemError(400, 'IDEMPOTENCY.KEY_INVALID', detail, { errors: [{ pointer: 'Idempotency-Key', detail }] });
}
