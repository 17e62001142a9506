import { randomBytes } from 'node:crypto';
import type { Cache, CacheAnswer, CacheEntry, Lease, VersionedEntry } from '@looseleaf/cache';
import { Cluster, type Redis } from 'ioredis';
import { RedisConnection } from './connection.js';
import { Keys } from './keys.js';
import { parseRedisUrl } from './redis-url.js';
import type { Session } from './session.js';

export interface RedisCacheOptions {
  /** For metrics, and so that no two caches of a server share a key. */
  readonly name: string;
  /** See `parseRedisUrl`. */
  readonly url: string;
  /** How long the server may leave commands unanswered before the connection is given up and they fail; 1 s by default. */
  readonly silenceMs?: number;
}

const DEFAULT_SILENCE_MS = 1_000;
/** The longest that a load may take. */
const LEASE_MS = 60_000;
/** Beyond the time to live of what was written. */
const REMEMBERED_VERSION_MS = 600_000;
const KEYS_PER_SCAN = 1_000;

export function createRedisCache(options: RedisCacheOptions): Cache {
  return new RedisCache(options);
}

class RedisCache implements Cache {
  readonly name: string;
  readonly #connection: RedisConnection;
  readonly #client: Redis | Cluster;
  readonly #keys: Keys;
  readonly #leasePrefix = randomBytes(9).toString('base64url');
  #leases = 0;

  constructor({ name, url, silenceMs = DEFAULT_SILENCE_MS }: RedisCacheOptions) {
    this.name = name;
    this.#keys = new Keys(name);
    this.#connection = new RedisConnection(parseRedisUrl(url), silenceMs, () => undefined);
    this.#client = this.#connection.client;
  }

  /** A hit takes one command, a plain GET; a miss that nobody had before takes two. */
  read(key: string): Promise<CacheAnswer> {
    return this.#connection.send(async (session) => {
      const record = this.#keys.entry(session.run, key);
      const kept = await this.#client.get(record);
      if (kept !== null) return this.#understand(kept, session);
      const lease = this.#nextLease();
      const before = await this.#client.set(record, `-${lease}`, 'PX', LEASE_MS, 'NX', 'GET');
      return before === null ? { kind: 'miss', lease } : this.#understand(before, session);
    });
  }

  async fill(key: string, { value, ttlMs }: CacheEntry, lease: Lease): Promise<boolean> {
    const [kept] = await this.#each([key], (_, ...records) =>
      this.#client.cacheFill(...records, lease, wholeMs(ttlMs), value),
    );
    return kept === 1;
  }

  async announce(keys: readonly string[], holdMs: number): Promise<Lease> {
    const lease = this.#nextLease();
    await this.#each(keys, (_, ...records) => this.#client.cacheAnnounce(...records, lease, wholeMs(holdMs)));
    return lease;
  }

  async write(entries: readonly VersionedEntry[], announced?: Lease): Promise<void> {
    const lease = this.#nextLease();
    const keys = entries.map(({ key }) => key);
    await this.#each(keys, (index, ...records) => {
      const { version, value, ttlMs } = entries[index]!;
      const rememberMs = wholeMs(ttlMs) + REMEMBERED_VERSION_MS;
      const more = announced === undefined ? [] : ([announced] as const);
      return this.#client.cacheWrite(...records, lease, version, wholeMs(ttlMs), value, rememberMs, ...more);
    });
  }

  async release(keys: readonly string[], lease: Lease): Promise<void> {
    await this.#each(keys, (_, ...records) => this.#client.cacheRelease(...records, lease));
  }

  async invalidate(keys: readonly string[]): Promise<void> {
    await this.#each(keys, (_, ...records) => this.#client.cacheInvalidate(...records));
  }

  /** Looks through all keys of the server: for operators and tests. */
  async clear(): Promise<void> {
    const pattern = `${this.#keys.all.replace(/[*?[\]\\]/g, '\\$&')}*`;
    for (const node of await this.#connection.send(async () => this.#nodes())) {
      for await (const records of node.scanStream({ match: pattern, count: KEYS_PER_SCAN })) {
        const keys = new Set((records as string[]).map((record) => this.#keys.keyOf(record)));
        await this.#each([...keys], (_, ...names) => this.#client.cacheReset(...names));
      }
    }
  }

  async ping(): Promise<void> {
    await this.#connection.send(() => this.#client.ping());
  }

  async close(): Promise<void> {
    this.#connection.close();
  }

  /** One command for each key, in one packet. */
  #each<Answer>(
    keys: readonly string[],
    command: (index: number, entry: string, changes: string) => Promise<Answer>,
  ): Promise<Answer[]> {
    return this.#connection.send(({ run }) =>
      Promise.all(keys.map((key, index) => command(index, ...this.#keys.records(run, key)))),
    );
  }

  #nodes(): Redis[] {
    return this.#client instanceof Cluster ? this.#client.nodes('master') : [this.#client];
  }

  /** What `scripts.ts` says of entries. */
  #understand(kept: string, session: Session): CacheAnswer {
    switch (kept.charAt(0)) {
      case '+': {
        const first = kept.indexOf(' ');
        const second = kept.indexOf(' ', first + 1);
        const third = kept.indexOf(' ', second + 1);
        // The server has just said that it is not over.
        const ttlMs = Math.max(Number(kept.slice(first + 1, second)) - session.now(), 1);
        return { kind: 'hit', value: kept.slice(third + 1), ttlMs, lease: kept.slice(1, first) };
      }
      case '-':
        return { kind: 'miss', lease: kept.slice(1) };
      default:
        return { kind: 'miss', lease: this.#nextLease() };
    }
  }

  /** Another one in each call of each process. */
  #nextLease(): Lease {
    this.#leases += 1;
    return this.#leasePrefix + this.#leases.toString(36);
  }
}

function wholeMs(ms: number): number {
  return Math.max(Math.round(ms), 1);
}
