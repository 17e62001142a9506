import { Redis } from 'ioredis';
import { createClient } from './client.js';
import type { RedisAddress } from './redis-url.js';

/** Records that were changed; `undefined` when some may have been missed. */
export type ChangeListener = (records: readonly string[] | undefined) => void;

/** Where Redis tells of changed keys to connections that speak RESP2. */
const CHANNEL = '__redis__:invalidate';

/**
 * Hears of every change of records whose names begin with a prefix, on a connection of its own: client-side caching
 * ("tracking") in broadcast mode. That connection redirects to itself, so that tracking and hearing of it cannot end one
 * without the other. What is changed while there is no connection is not heard of, hence `undefined` at its end, as nobody
 * knows since when it has been broken, and again when the next one tracks.
 */
export class Invalidations {
  readonly #client: Redis;

  /** @param address of a single server, or of sentinels */
  constructor(
    address: RedisAddress,
    silenceMs: number,
    private readonly prefix: string,
    private readonly listener: ChangeListener,
    private readonly onError: (error: Error) => void,
  ) {
    // Subscribed again by us, after tracking is on.
    this.#client = createClient(address, silenceMs, { autoResubscribe: false }) as Redis;
    this.#client.on('ready', () => void this.#track());
    this.#client.on('close', () => listener(undefined));
    this.#client.on('error', onError);
    this.#client.on('messageBuffer', (_channel: Buffer, changed: unknown) => this.#tell(changed));
  }

  close(): void {
    this.#client.disconnect();
  }

  async #track(): Promise<void> {
    try {
      const id = await this.#client.client('ID');
      await this.#client.call('CLIENT', 'TRACKING', 'ON', 'REDIRECT', id, 'BCAST', 'PREFIX', this.prefix);
      await this.#client.subscribe(CHANNEL);
      this.listener(undefined);
    } catch (error) {
      this.onError(error as Error);
      this.#client.disconnect(true);
    }
  }

  /** A list of names, or nothing when the server was flushed. */
  #tell(changed: unknown): void {
    this.listener(Array.isArray(changed) ? changed.map(String) : undefined);
  }
}
