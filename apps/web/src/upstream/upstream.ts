import { Agent, request, type IncomingMessage, type RequestOptions } from 'node:http';
import { Logger, type OnApplicationShutdown } from '@nestjs/common';
import { CircuitBreaker } from './circuit-breaker.js';
import { BadUpstreamAnswerError, UpstreamTimeoutError, UpstreamUnreachableError } from './upstream-error.js';

/** The longest that an owner of data may take to answer. */
const UPSTREAM_TIMEOUT_MS = 29_000;
/** Answers are pages and single things; what is larger is not one of them. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;
const MAX_IDLE_SOCKETS = 64;

/** Whom to ask. */
export interface UpstreamOptions {
  /** For messages: `order`. */
  readonly name: string;
  readonly baseUrl: string;
  /** The key of internal HTTP APIs. */
  readonly key: string;
}

/** How long a caller waits for one answer. */
export interface CallOptions {
  /** Time until the answer must have begun; {@link UPSTREAM_TIMEOUT_MS} unless given. */
  readonly timeoutMs?: number;
  /**
   * The caller cannot wait as long as a busy service may take, so a time-out does not count as a failure of the service.
   * Otherwise three hurried calls, late together by one slow write, would shut out everyone else for a second.
   */
  readonly hurried?: boolean;
  /** Ends the call when the caller is gone. */
  readonly signal?: AbortSignal | undefined;
}

/** What the owner of the data answered, whatever its status. */
export interface UpstreamAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: Buffer;
}

/**
 * Reads from the internal HTTP API of the service that owns the data. Fails fast while that service is dead.
 *
 * Uses `node:http` with kept-alive connections: global `fetch` costs up to twice the CPU for a small answer, since it
 * wraps each body in web streams.
 */
export class Upstream implements OnApplicationShutdown {
  readonly name: string;
  readonly #target: RequestOptions;
  readonly #basePath: string;
  readonly #agent = new Agent({ keepAlive: true, maxFreeSockets: MAX_IDLE_SOCKETS, scheduling: 'lifo' });
  readonly #breaker = new CircuitBreaker();
  readonly #logger: Logger;

  constructor({ name, baseUrl, key }: UpstreamOptions) {
    this.name = name;
    const { hostname, port, pathname } = new URL(baseUrl);
    this.#basePath = pathname.replace(/\/$/, '');
    this.#target = {
      host: hostname.replace(/^\[|\]$/g, ''),
      port,
      headers: { authorization: `Bearer ${key}`, accept: 'application/json, application/problem+json, text/csv' },
    };
    this.#logger = new Logger(`Upstream ${name}`);
  }

  /**
   * Gets a whole answer, whatever its status.
   * @param path with its query, from the root of the service
   * @throws UpstreamUnreachableError, UpstreamTimeoutError, BadUpstreamAnswerError (cut off, or too large)
   */
  async get(path: string, options: CallOptions = {}): Promise<UpstreamAnswer> {
    const response = await this.open(path, options);
    return {
      status: response.statusCode ?? 0,
      contentType: response.headers['content-type'] ?? '',
      body: await this.#readAll(response),
    };
  }

  /** As {@link get}, with the body as a stream. The caller reads it to its end or destroys it. */
  async open(
    path: string,
    { timeoutMs = UPSTREAM_TIMEOUT_MS, hurried = false, signal }: CallOptions = {},
  ): Promise<IncomingMessage> {
    if (!this.#breaker.allows()) throw new UpstreamUnreachableError(this.name);
    try {
      const response = await this.#send(path, timeoutMs, signal);
      // While its database is away, each call would cost it, and the database server, an attempt to connect.
      if (response.statusCode === 503) this.#failed('it is not ready');
      else this.#breaker.succeeded();
      return response;
    } catch (cause) {
      if (signal?.aborted) throw cause;
      const timedOut = cause instanceof UpstreamTimeoutError;
      if (!(timedOut && hurried)) this.#failed(String(cause));
      throw timedOut ? cause : new UpstreamUnreachableError(this.name, { cause });
    }
  }

  /** Closes the connections that are kept, when the last request has been answered. */
  onApplicationShutdown(): void {
    this.#agent.destroy();
  }

  #failed(reason: string): void {
    if (this.#breaker.failed()) this.#logger.warn(`is away: ${reason}`);
  }

  async #send(path: string, timeoutMs: number, signal: AbortSignal | undefined): Promise<IncomingMessage> {
    try {
      return await this.#sendOnce(path, timeoutMs, signal);
    } catch (error) {
      // A kept connection may be closed by the other side just as it is used; a read can simply be made again, on a new
      // one: the others that are kept may have been closed at the same time.
      if (error instanceof StaleConnectionError) return this.#sendOnce(path, timeoutMs, signal, false);
      throw error;
    }
  }

  #sendOnce(
    path: string,
    timeoutMs: number,
    signal: AbortSignal | undefined,
    agent: Agent | false = this.#agent,
  ): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      // For an answer that stops half way; one that has not begun has its own time, which may be longer.
      const timeout = Math.max(timeoutMs, UPSTREAM_TIMEOUT_MS);
      const call = request({ ...this.#target, agent, timeout, path: this.#basePath + path, ...(signal && { signal }) });
      const timer = setTimeout(() => call.destroy(new UpstreamTimeoutError(this.name, timeoutMs)), timeoutMs);
      call.once('timeout', () => call.destroy(new UpstreamTimeoutError(this.name, timeout)));
      call.once('response', (response) => {
        clearTimeout(timer);
        resolve(response);
      });
      call.on('error', (error: NodeJS.ErrnoException) => {
        clearTimeout(timer);
        reject(call.reusedSocket && error.code === 'ECONNRESET' ? new StaleConnectionError() : error);
      });
      call.end();
    });
  }

  async #readAll(response: IncomingMessage): Promise<Buffer> {
    const pieces: Buffer[] = [];
    let bytes = 0;
    try {
      for await (const piece of response as AsyncIterable<Buffer>) {
        bytes += piece.length;
        if (bytes > MAX_ANSWER_BYTES) throw new Error(`its answer is larger than ${MAX_ANSWER_BYTES} bytes`);
        pieces.push(piece);
      }
    } catch (cause) {
      throw new BadUpstreamAnswerError(this.name, 'its answer broke off', { cause });
    }
    return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
  }
}

class StaleConnectionError extends Error {}
