import type { Reading } from '@looseleaf/cache';
import { ProblemError } from '@looseleaf/service-kit';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { relayedStatus, servedStatus } from '../http/cache-status.js';
import { sendCacheable } from '../http/send-cacheable.js';
import { isJson, relay } from '../upstream/relay.js';
import type { UpstreamAnswer } from '../upstream/upstream-answer.js';
import type { Upstream } from '../upstream/upstream.js';
import { toRepresentation, type Representation } from './representation.js';

/** What the owner of the data answered, now or lately, and how it was served. */
export interface Served {
  /** `undefined`: there is no such thing. */
  readonly representation: Representation | undefined;
  /** For the `Cache-Status` header: the owner's own member when it answered, then the web tier's. */
  readonly cacheStatus: string;
  /** Time since the owner answered, at most; 0 when it did just now. */
  readonly ageMs: number;
  /** How long it may be kept, counted from the owner's answer. */
  readonly freshMs: number;
}

/** The owner of the data answered something that is neither kept nor shown: its problem, or a fault. */
export class UncacheableAnswerError extends Error {
  constructor(readonly answer: UpstreamAnswer) {
    super(`an answer with status ${answer.status}`);
  }
}

/** @throws UncacheableAnswerError */
export function checked(answer: UpstreamAnswer): Representation {
  if (!isJson(answer)) throw new UncacheableAnswerError(answer);
  return toRepresentation(answer);
}

/** As RFC 5861 has it for `stale-if-error`: 500, 502, 503 or 504, of the owner of the data or in its place. */
export function isOwnerAway(error: unknown): boolean {
  return error instanceof UncacheableAnswerError ? error.answer.status >= 500 : error instanceof ProblemError;
}

/** @param freshMs time to live of what is kept */
export function served(reading: Reading<Representation>, freshMs: number): Served {
  const { value, status, ttlMs } = reading;
  const isKept = status === 'hit' || status === 'stale';
  return {
    representation: value,
    cacheStatus: servedStatus(reading, isKept ? undefined : value?.ownerStatus),
    ageMs: isKept ? Math.max(0, freshMs - ttlMs) : 0,
    freshMs,
  };
}

/**
 * Answers with what was read, or as its owner did where that is not kept.
 * @param owner of the data
 * @returns false when there is no such thing: then the reply has its `Cache-Status`, and is not sent
 * @throws what `reading` throws, unless it is an {@link UncacheableAnswerError}, and what {@link relay} throws
 */
export async function sendServed(
  owner: Upstream,
  request: FastifyRequest,
  reply: FastifyReply,
  reading: Promise<Served>,
): Promise<boolean> {
  try {
    const { representation, cacheStatus, ageMs, freshMs } = await reading;
    void reply.header('cache-status', cacheStatus);
    if (!representation) return false;
    sendCacheable(request, reply, { ...representation, ageMs, maxAgeMs: freshMs });
  } catch (error) {
    if (!(error instanceof UncacheableAnswerError)) throw error;
    relay(owner, error.answer, reply.header('cache-status', relayedStatus(error.answer)));
  }
  return true;
}
