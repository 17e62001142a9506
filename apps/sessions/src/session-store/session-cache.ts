import { LazyLoader, WriteThrough, type Cache, type CacheObserver, type Reading } from '@looseleaf/cache';
import { SessionError } from '../domain/session-errors.js';
import type { StoredSession } from './session-table.js';

/** Longer than the three statements of any commit may take together: each has four seconds. */
const HOLD_MS = 15_000;

export interface SessionCacheOptions {
  readonly cache: Cache;
  /** Reads the database; a session that has expired is not there. */
  readonly load: (key: string) => Promise<StoredSession | undefined>;
  /** How long a session is kept, and so how old an eventual read may be where memory is not shared. */
  readonly ttlMs: number;
  readonly observer?: CacheObserver;
}

/** What a commit left in the database; `undefined`: no session. */
export interface Committed<Result> {
  readonly result: Result;
  readonly stored: StoredSession | undefined;
}

/** How sessions are cached: reads, and commits that keep the reads right. */
export interface SessionCache {
  read(key: string): Promise<Reading<StoredSession>>;
  /** Reads anew what turned out to be too old, and keeps that. */
  refresh(key: string): Promise<Reading<StoredSession>>;
  /** Runs a commit about one session. @throws what it throws */
  commit<Result>(key: string, work: () => Promise<Committed<Result>>): Promise<Result>;
}

/** Every read asks the database. */
export function createNoSessionCache({ load }: Pick<SessionCacheOptions, 'load'>): SessionCache {
  const read: SessionCache['read'] = async (key) => {
    const value = await load(key);
    return { value, status: 'bypass', ttlMs: 0, stored: false, collapsed: false };
  };
  return {
    read,
    refresh: read,
    commit: async (_key, work) => (await work()).result,
  };
}

/** A session is kept when it is read, and forgotten when it is written here; what others write shows in time. */
export function createLazySessionCache(options: SessionCacheOptions): SessionCache {
  const loader = new LazyLoader<StoredSession>({ ...options, negativeTtlMs: 0 });
  return {
    read: (key) => loader.read(key),
    refresh: (key) => forgetAndRead(options.cache, loader, key),
    commit: async (key, work) => {
      try {
        return (await work()).result;
      } finally {
        // Also when it failed: after a connection that broke on commit, nobody knows.
        loader.forgetLoads([key]);
        await options.cache.invalidate([key]);
      }
    },
  };
}

/** A session is in the cache as it was committed last: for one process, or a cache that all processes share. */
export function createWriteThroughSessionCache(options: SessionCacheOptions): SessionCache {
  const through = new WriteThrough<StoredSession>({
    ...options,
    negativeTtlMs: 0,
    holdMs: HOLD_MS,
    isRolledBack: (error) => error instanceof SessionError,
  });
  return {
    read: (key) => through.read(key),
    refresh: (key) => forgetAndRead(options.cache, through, key),
    commit: (key, work) =>
      through.write([key], async () => {
        const { result, stored } = await work();
        return { result, entries: stored ? [{ key, value: stored, version: stored.session.version }] : [] };
      }),
  };
}

async function forgetAndRead(
  cache: Cache,
  reader: { read(key: string): Promise<Reading<StoredSession>> },
  key: string,
): Promise<Reading<StoredSession>> {
  await cache.invalidate([key]);
  return reader.read(key);
}
