import { Cluster, Redis } from 'ioredis';
import { createClient } from './client.js';
import type { RedisAddress } from './redis-url.js';
import { defineScripts } from './scripts.js';
import { Session } from './session.js';

/** The connection that commands take, and whether there is one. */
export class RedisConnection {
  readonly client: Redis | Cluster;
  #session: Session | undefined;
  #whyNot: Error | undefined;
  #closed = false;
  #corked = false;
  /** Of the first connection: calls wait for its end, good or bad. */
  readonly #attempted: Promise<void>;

  constructor(address: RedisAddress, silenceMs: number, onDoubt: () => void) {
    this.client = createClient(address, silenceMs);
    defineScripts(this.client);
    let attempted: () => void = () => undefined;
    this.#attempted = new Promise((resolve) => (attempted = resolve));
    this.client.on('ready', () => void this.#open(onDoubt).then(attempted));
    this.client.on('error', (error: Error) => {
      this.#whyNot = error;
      attempted();
    });
    this.client.on('close', () => {
      this.#session = undefined;
      onDoubt();
      attempted();
    });
  }

  /**
   * Calls with the present session; what is called in one turn of the event loop leaves in one packet. Waits for the first
   * connection, but for no later one.
   * @throws Error with the reason as its cause, when there is no connection
   */
  async send<Answer>(call: (session: Session) => Promise<Answer>): Promise<Answer> {
    if (!this.#session) await this.#attempted;
    if (this.#closed) throw new Error('the connection to Redis is closed');
    if (!this.#session) throw new Error('there is no connection to Redis', { cause: this.#whyNot });
    this.#batch();
    return call(this.#session);
  }

  close(): void {
    this.#closed = true;
    this.#session = undefined;
    this.client.disconnect();
  }

  /** A cluster's client does so by itself. */
  #batch(): void {
    if (this.#corked || this.client instanceof Cluster) return;
    const { stream } = this.client;
    this.#corked = true;
    stream.cork();
    process.nextTick(() => {
      this.#corked = false;
      stream.uncork();
    });
  }

  async #open(onDoubt: () => void): Promise<void> {
    try {
      this.#session = await Session.open(this.client);
      onDoubt();
    } catch (error) {
      this.#whyNot = error as Error;
      // Unless it is broken already, its end brings the next attempt.
      if (!this.#closed && this.client instanceof Redis) this.client.disconnect(true);
    }
  }
}
