import { Agent, request, type IncomingMessage, type RequestOptions } from 'node:http';
import { Logger, type OnApplicationShutdown } from '@nestjs/common';
import { CircuitBreaker } from './circuit-breaker.js';
import { readAnswer, type UpstreamAnswer } from './upstream-answer.js';
import { StaleConnectionError, UpstreamTimeoutError, UpstreamUnreachableError } from './upstream-error.js';

/** The longest that an owner of data may take to answer. */
const UPSTREAM_TIMEOUT_MS = 29_000;
/**
 * Before the service closes it: after 72 s (Fastify's `keepAliveTimeout`), or when it ends, `shutdown.delaySeconds` of the chart
 * (6) after it was told to. A change that is sent on a connection just as it is closed gets no answer, and most must not be sent
 * again.
 */
const MAX_IDLE_MS = 4_000;
const MAX_IDLE_SOCKETS = 64;
/** How a connection fails that the other side has closed; a body may meet it before the answer does. */
const CLOSED: readonly (string | undefined)[] = ['ECONNRESET', 'EPIPE'];

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
   * The caller cannot wait as long as a busy service may take, so a time-out keeps other hurried calls from waiting, and
   * nobody else. Otherwise three of them, late together by one slow write, would shut out everyone for a second.
   */
  readonly hurried?: boolean;
  /** Ends the call when the caller is gone. */
  readonly signal?: AbortSignal | undefined;
}

/** A method that changes something. */
export type ChangingMethod = 'POST' | 'PUT' | 'DELETE';

/** How a change is sent. */
export interface SendOptions extends CallOptions {
  /**
   * Whether it may be sent again when a kept connection turns out to be closed, though the service may have read it.
   * PUT and DELETE may, by their definition; a POST only if its service promises that twice is once.
   */
  readonly repeatable?: boolean;
}

interface Call {
  readonly method: 'GET' | ChangingMethod;
  readonly path: string;
  /** JSON. */
  readonly body?: string | undefined;
  readonly repeatable: boolean;
  readonly options: CallOptions;
}

/**
 * Calls the internal HTTP API of the service that owns the data. Fails fast while that service is dead.
 *
 * Uses `node:http` with kept-alive connections: global `fetch` costs up to twice the CPU for a small answer, since it
 * wraps each body in web streams.
 */
export class Upstream implements OnApplicationShutdown {
  readonly name: string;
  readonly #target: RequestOptions;
  readonly #basePath: string;
  readonly #agent = new Agent({ keepAlive: true, maxFreeSockets: MAX_IDLE_SOCKETS, timeout: MAX_IDLE_MS });
  readonly #breaker = new CircuitBreaker();
  /** Opened by time-outs of hurried calls, for hurried calls. */
  readonly #hurriedBreaker = new CircuitBreaker();
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
    return readAnswer(await this.open(path, options), this.name);
  }

  /** As {@link get}, with the body as a stream. The caller reads it to its end or destroys it. */
  open(path: string, options: CallOptions = {}): Promise<IncomingMessage> {
    return this.#call({ method: 'GET', path, repeatable: true, options });
  }

  /**
   * Has something changed, and gives the whole answer, whatever its status. After an error it is not known whether the
   * change was made, save that a circuit that is open lets nothing through.
   * @param body what JSON can say; none unless given
   * @throws as {@link get}
   */
  async send(
    method: ChangingMethod,
    path: string,
    body?: unknown,
    { repeatable = method !== 'POST', ...options }: SendOptions = {},
  ): Promise<UpstreamAnswer> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    return readAnswer(await this.#call({ method, path, body: text, repeatable, options }), this.name);
  }

  /** Closes the connections that are kept, when the last request has been answered. */
  onApplicationShutdown(): void {
    this.#agent.destroy();
  }

  async #call(call: Call): Promise<IncomingMessage> {
    const { hurried = false, signal } = call.options;
    if (!this.#breaker.allows() || (hurried && !this.#hurriedBreaker.allows())) {
      throw new UpstreamUnreachableError(this.name);
    }
    try {
      const response = await this.#send(call);
      // While its database is away, each call would cost it, and the database server, an attempt to connect.
      if (response.statusCode === 503) this.#failed('it is not ready');
      else this.#breaker.succeeded();
      this.#hurriedBreaker.succeeded();
      return response;
    } catch (cause) {
      if (signal?.aborted) throw cause;
      const timedOut = cause instanceof UpstreamTimeoutError;
      if (timedOut && hurried) this.#hurriedBreaker.failed();
      else this.#failed(String(cause));
      throw timedOut ? cause : new UpstreamUnreachableError(this.name, { cause });
    }
  }

  #failed(reason: string): void {
    if (this.#breaker.failed()) this.#logger.warn(`is away: ${reason}`);
  }

  async #send(call: Call): Promise<IncomingMessage> {
    try {
      return await this.#sendOnce(call);
    } catch (error) {
      // A kept connection may be closed by the other side just as it is used; a read can simply be made again, on a new
      // one: the others that are kept may have been closed at the same time.
      if (error instanceof StaleConnectionError && call.repeatable) return this.#sendOnce(call, false);
      throw error;
    }
  }

  #sendOnce(
    { method, path, body, options: { timeoutMs = UPSTREAM_TIMEOUT_MS, signal } }: Call,
    agent: Agent | false = this.#agent,
  ): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      // For an answer that stops half way; one that has not begun has its own time, which may be longer.
      const timeout = Math.max(timeoutMs, UPSTREAM_TIMEOUT_MS);
      const target = { ...this.#target, method, path: this.#basePath + path };
      const call = request({ ...target, agent, timeout, ...(signal && { signal }) });
      if (body !== undefined) call.setHeader('content-type', 'application/json');
      const timer = setTimeout(() => call.destroy(new UpstreamTimeoutError(this.name, timeoutMs)), timeoutMs);
      call.once('timeout', () => call.destroy(new UpstreamTimeoutError(this.name, timeout)));
      call.once('response', (response) => {
        clearTimeout(timer);
        resolve(response);
      });
      call.on('error', (error: NodeJS.ErrnoException) => {
        clearTimeout(timer);
        const stale = call.reusedSocket && CLOSED.includes(error.code);
        reject(stale ? new StaleConnectionError('a kept connection was closed', { cause: error }) : error);
      });
      call.end(body);
    });
  }
}
