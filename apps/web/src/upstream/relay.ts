import type { FastifyReply } from 'fastify';
import type { Upstream } from './upstream.js';
import type { UpstreamAnswer } from './upstream-answer.js';
import { BadUpstreamAnswerError, UpstreamUnreachableError } from './upstream-error.js';

const JSON_TYPE = 'application/json';
const PROBLEM_TYPE = 'application/problem+json';
/** Faults of the request that only the owner of the data can see. */
const RELAYED_PROBLEMS: readonly number[] = [400, 404, 409, 422];

/** Changes that were made. */
const RELAYED_CHANGES: readonly number[] = [201, 202];

/**
 * Answers with what the owner of the data answered: its JSON with 200, 201 or 202, its 204, its own 400, 404, 409 or 422 problem.
 * @throws UpstreamUnreachableError (503) when it is not ready itself, BadUpstreamAnswerError (502) for anything else
 */
export function relay(upstream: Upstream, answer: UpstreamAnswer, reply: FastifyReply): FastifyReply {
  if (isJson(answer)) return reply.type(JSON_TYPE).send(answer.body);
  if (answer.status === 204) return reply.status(204).send();
  if (RELAYED_CHANGES.includes(answer.status) && answer.contentType.startsWith(JSON_TYPE)) {
    return reply.status(answer.status).type(JSON_TYPE).send(answer.body);
  }
  if (RELAYED_PROBLEMS.includes(answer.status) && answer.contentType.startsWith(PROBLEM_TYPE)) {
    return reply.status(answer.status).type(PROBLEM_TYPE).send(answer.body);
  }
  throw unexpected(upstream, answer.status);
}

/** Whether it is a 200 with JSON. */
export function isJson({ status, contentType }: UpstreamAnswer): boolean {
  return status === 200 && contentType.startsWith(JSON_TYPE);
}

/** The error for a status that the owner of the data should not have answered. */
export function unexpected(upstream: Upstream, status: number): UpstreamUnreachableError | BadUpstreamAnswerError {
  if (status === 503) return new UpstreamUnreachableError(upstream.name);
  return new BadUpstreamAnswerError(upstream.name, `it answered with status ${status}`);
}

/** Appends the parameters that are set: `/internal/items?query=pen`. */
export function withQuery(path: string, parameters: Readonly<Record<string, string | number | undefined>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) query.set(name, String(value));
  }
  return query.size === 0 ? path : `${path}?${query.toString()}`;
}
