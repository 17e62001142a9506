import { ProblemError } from '@looseleaf/service-kit';

const RETRY_AFTER = { 'retry-after': '2' };

/** The owner of the data does not take connections, or did not lately: 503. */
export class UpstreamUnreachableError extends ProblemError {
  constructor(name: string, options?: ErrorOptions) {
    super(503, 'UPSTREAM.UNREACHABLE', `The ${name} service is away. Try again in a moment.`, {
      headers: RETRY_AFTER,
      ...options,
    });
  }
}

/** The owner of the data took the request and did not answer in time: 504. */
export class UpstreamTimeoutError extends ProblemError {
  constructor(name: string, timeoutMs: number) {
    super(504, 'UPSTREAM.TIMEOUT', `The ${name} service did not answer within ${timeoutMs} ms. Try again in a moment.`);
  }
}

/** The owner of the data answered what nobody expects of it: 502. */
export class BadUpstreamAnswerError extends ProblemError {
  constructor(name: string, detail: string, options?: ErrorOptions) {
    super(502, 'UPSTREAM.BAD_ANSWER', `The ${name} service failed: ${detail}. Try again in a moment.`, options);
  }
}

/** A connection that was kept had been closed by the other side; only within the upstream, which may try a new one. */
export class StaleConnectionError extends Error {}
