import { Redis, type Cluster } from 'ioredis';
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
  #isCorked = false;
  /** Of the first connection: calls wait for its end, good or bad. */
  readonly #attempted: Promise<void>;

  /**
   * @param onDoubt called when a connection has ended, and when the next one can be used
   * @param onError told why there is no connection
   */
  constructor(address: RedisAddress, silenceMs: number, onDoubt: () => void, onError: (error: Error) => void) {
    this.client = createClient(address, silenceMs);
    defineScripts(this.client);
    let attempted: () => void = () => undefined;
    this.#attempted = new Promise((resolve) => (attempted = resolve));
    const fail = (error: Error): void => {
      this.#whyNot = error;
      onError(error);
      attempted();
    };
    this.client.on('error', fail);
    this.client.on('ready', () => {
      this.#open().then(() => {
        onDoubt();
        attempted();
      }, fail);
    });
    this.client.on('close', () => {
      this.#session = undefined;
      onDoubt();
      attempted();
    });
  }

  /**
   * To be called just before so many commands. One alone leaves at once; several, and those that come while others are under
   * way, leave together at the end of this turn of the event loop. `undefined` while there is no connection.
   */
  use(commands = 1): Session | undefined {
    if (this.#session && this.client instanceof Redis) this.#batch(this.client, commands);
    return this.#session;
  }

  /**
   * Waits for the first connection, but for no later one.
   * @throws Error with the reason as its cause, when there is no connection
   */
  async opened(): Promise<Session> {
    await this.#attempted;
    if (this.#closed) throw new Error('the connection to Redis is closed');
    if (!this.#session) throw new Error('there is no connection to Redis', { cause: this.#whyNot });
    return this.#session;
  }

  close(): void {
    this.#closed = true;
    this.#session = undefined;
    this.client.disconnect();
  }

  /** A cluster's client does so by itself. */
  #batch({ commandQueue, stream }: Redis, commands: number): void {
    if (this.#isCorked || commandQueue.length + commands === 1) return;
    this.#isCorked = true;
    stream.cork();
    process.nextTick(() => {
      this.#isCorked = false;
      stream.uncork();
    });
  }

  async #open(): Promise<void> {
    try {
      this.#session = await Session.open(this.client);
    } catch (error) {
      // Its end, if it has not come yet, brings the next attempt.
      if (!this.#closed && this.client instanceof Redis) this.client.disconnect(true);
      throw error;
    }
  }
}
