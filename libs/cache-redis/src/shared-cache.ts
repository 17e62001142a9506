import { randomBytes } from 'node:crypto';
import type { Cache, CacheAnswer, CacheEntry, Lease, VersionedEntry } from '@looseleaf/cache';
import { Cluster, type Redis } from 'ioredis';
import { ClusterInvalidations } from './cluster-invalidations.js';
import { RedisConnection } from './connection.js';
import { parseEntry } from './entry.js';
import { Invalidations, type ChangeListener } from './invalidations.js';
import { Keys } from './keys.js';
import { parseRedisUrl, type RedisAddress } from './redis-url.js';
import { ANNOUNCED, type Records } from './scripts.js';

export interface RedisCacheOptions {
  /** For metrics, and so that no two caches of a server share a key. */
  readonly name: string;
  /** See `parseRedisUrl`. */
  readonly url: string;
  /** PEM: those who sign the servers' certificates, where the URL asks for TLS. Default: those that Node.js knows. */
  readonly authorities?: string;
  /** For how long the server may be silent before its connection is given up; 1 s by default. */
  readonly silenceMs?: number;
  /** Told of connections that broke or could not be made; calls reject besides. */
  readonly onError?: (error: Error) => void;
}

/** A cache that can tell near caches of changes: `createNearCache({ …, onInvalidated: cache.onInvalidated })`. */
export interface RedisCache extends Cache {
  /** What others, and this process, changed; `undefined` when something may have been missed. Opens another connection. */
  readonly onInvalidated: (listener: (keys: readonly string[] | undefined) => void) => () => void;
}

const DEFAULT_SILENCE_MS = 1_000;
/** What takes longer to load is not kept. */
const LEASE_MS = 60_000;
/** Beyond the time to live of what was written. */
const REMEMBERED_VERSION_MS = 600_000;
const KEYS_PER_SCAN = 1_000;

export class SharedCache implements RedisCache {
  readonly name: string;
  readonly #address: RedisAddress;
  readonly #silenceMs: number;
  readonly #onError: (error: Error) => void;
  readonly #connection: RedisConnection;
  readonly #client: Redis | Cluster;
  readonly #keys: Keys;
  readonly #leasePrefix = randomBytes(9).toString('base64url');
  #leases = 0;
  #invalidations: Invalidations | ClusterInvalidations | undefined;
  #tellChanged: ((keys: readonly string[] | undefined) => void) | undefined;

  constructor({
    name,
    url,
    authorities,
    silenceMs = DEFAULT_SILENCE_MS,
    onError = () => undefined,
  }: RedisCacheOptions) {
    this.name = name;
    this.#address = { ...parseRedisUrl(url), ...(authorities !== undefined && { authorities }) };
    this.#silenceMs = silenceMs;
    this.#onError = onError;
    this.#keys = new Keys(name);
    this.#connection = new RedisConnection(this.#address, silenceMs, () => this.#tellChanged?.(undefined), onError);
    this.#client = this.#connection.client;
  }

  readonly onInvalidated: RedisCache['onInvalidated'] = (listener) => {
    this.#tellChanged = listener;
    const tell: ChangeListener = (records) => this.#tellChanged?.(records?.map((record) => this.#keys.keyOf(record)));
    const rest = [this.#address, this.#silenceMs, this.#keys.entries, tell, this.#onError] as const;
    this.#invalidations =
      this.#client instanceof Cluster ? new ClusterInvalidations(this.#client, ...rest) : new Invalidations(...rest);
    return () => {
      this.#tellChanged = undefined;
      this.#invalidations?.close();
    };
  };

  async read(key: string): Promise<CacheAnswer> {
    const session = this.#connection.use() ?? (await this.#connection.opened());
    const record = await this.#client.get(this.#keys.entry(session.run, key));
    if (record === null) return { kind: 'miss', lease: await this.#lease(session.run, key) };
    const { value, expiresAtMs, lease } = parseEntry(record);
    // It is not over, or the server would not have answered it.
    return { kind: 'hit', value, ttlMs: Math.max(expiresAtMs - session.now(), 1), lease };
  }

  async fill(key: string, { value, ttlMs }: CacheEntry, lease: Lease): Promise<boolean> {
    const [kept] = await this.#each([key], (_, ...records) =>
      this.#client.cacheFill(...records, lease, wholeMs(ttlMs), value),
    );
    return kept === 1;
  }

  async claim(key: string, lease: Lease, forMs: number): Promise<boolean> {
    const { run } = this.#connection.use() ?? (await this.#connection.opened());
    const claimed = await this.#client.set(this.#keys.claim(run, key), lease, 'PX', wholeMs(forMs), 'NX', 'GET');
    // A claim under a lease that has ended is that of a reader who can keep nothing any more.
    return claimed !== lease;
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
    for (const node of await this.#nodes()) {
      for await (const records of node.scanStream({ match: pattern, count: KEYS_PER_SCAN })) {
        const keys = new Set((records as string[]).map((record) => this.#keys.keyOf(record)));
        await this.#each([...keys], (_, ...names) => this.#client.cacheReset(...names));
      }
    }
  }

  async ping(): Promise<void> {
    await this.#connection.opened();
    await this.#client.ping();
  }

  async close(): Promise<void> {
    this.#invalidations?.close();
    this.#connection.close();
  }

  /** One command for each key, in one packet. */
  async #each<Answer>(
    keys: readonly string[],
    command: (index: number, ...records: Records) => Promise<Answer>,
  ): Promise<Answer[]> {
    const { run } = this.#connection.use(keys.length) ?? (await this.#connection.opened());
    return Promise.all(keys.map((key, index) => command(index, ...this.#keys.records(run, key))));
  }

  async #nodes(): Promise<Redis[]> {
    await this.#connection.opened();
    return this.#client instanceof Cluster ? this.#client.nodes('master') : [this.#client];
  }

  /** The one that readers have, or a new one. */
  async #lease(run: string, key: string): Promise<Lease> {
    const own = this.#nextLease();
    const kept = await this.#client.set(this.#keys.lease(run, key), own, 'PX', LEASE_MS, 'NX', 'GET');
    return kept === null || kept === ANNOUNCED ? own : kept;
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
