import { cacheStatus } from '@looseleaf/cache';
import type { Database, PersistenceLogger } from '@looseleaf/persistence';
import { SessionError } from '../domain/session-errors.js';
import { NEW_SESSION, type Session } from '../domain/session.js';
import type { Committed, SessionCache } from './session-cache.js';
import { SessionTable, type Statements, type StoredSession } from './session-table.js';

/** In `Cache-Status`. */
const CACHE_NAME = 'looseleaf-sessions';
const BYPASS = { status: 'bypass', ttlMs: 0, stored: false, collapsed: false } as const;
/** What is left of a session's life when its expiry is due to slide: the same share as in the database's statements. */
const SLIDE_AT = 0.9;

export interface SessionStoreOptions {
  readonly database: Database;
  readonly cache: SessionCache;
  /** How long a session lives after it was used last. */
  readonly ttlMs: number;
  readonly logger: PersistenceLogger;
}

export interface ReadOptions {
  /** The version that the reader has seen: what is older is not an answer. */
  readonly atLeast: number;
  /** As the database has it now. */
  readonly strong: boolean;
}

export interface SessionReading {
  readonly stored: StoredSession | undefined;
  /** A member of `Cache-Status`. */
  readonly servedBy: string;
}

/**
 * Keeps sessions. The database has them; a cache in front of it answers most reads.
 *
 * - **Consistency**: changes of a session are one after the other: each commits only on top of the version that it was made
 *   of. An eventual read may be as old as the cache allows, but never older than the version that its reader has seen.
 * - **Expiry**: using a session makes it live on. One that has expired is unknown, and no key brings it back.
 * - **Availability**: while the database is away, what is cached can be read, and nothing changed.
 */
export class SessionStore {
  readonly #sliding = new Map<string, Promise<void>>();

  constructor(private readonly options: SessionStoreOptions) {}

  /** @throws UnavailableError the database is asked and away */
  async read(key: string, { atLeast, strong }: ReadOptions): Promise<SessionReading> {
    const { database, cache, ttlMs } = this.options;
    if (strong) return { stored: await loadSession(database, ttlMs, key), servedBy: cacheStatus(CACHE_NAME, BYPASS) };
    const cached = await cache.read(key);
    const isGood = !cached.value || (isAlive(cached.value) && cached.value.session.version >= atLeast);
    const reading = isGood ? cached : await cache.refresh(key);
    if (reading.value) this.#slide(key, reading.value);
    return { stored: reading.value, servedBy: cacheStatus(CACHE_NAME, reading) };
  }

  /**
   * Makes a change that may be made again on top of another one. It is tried on what the cache has, which is nearly always
   * what the database has; if not, the row is locked and the change made on what is there.
   * @param change the same session when there is nothing to change
   * @throws what `change` throws, SessionError `SESSION.UNKNOWN`, UnavailableError
   */
  async change(
    key: string,
    change: (session: Session) => Session,
    { create = false }: { create?: boolean } = {},
  ): Promise<StoredSession> {
    const saved = create ? undefined : await this.#changeCached(key, change);
    if (saved) return saved;
    const { stored } = await this.changeLocked(key, (session) => ({ session: change(session), result: undefined }), {
      create,
    });
    return stored;
  }

  /**
   * Makes a change on what the database has, while nobody else can make one.
   * @param work gets the database's time; the same session when there is nothing to change
   * @param options.create there is a session from now on; without it, the key must be known
   * @throws what `work` throws, SessionError `SESSION.UNKNOWN`, UnavailableError
   */
  changeLocked<Result>(
    key: string,
    work: (session: Session, nowMs: number) => { session: Session; result: Result },
    { create = false }: { create?: boolean } = {},
  ): Promise<{ stored: StoredSession; result: Result }> {
    return this.#commit(key, async (table) => {
      const bytes = toBytes(key);
      if (create) {
        const { session, result } = work(NEW_SESSION, Date.now());
        const stored = await table.insert(bytes, session);
        if (stored) return { stored, result: { stored, result } };
      }
      const locked = await table.lock(bytes);
      if (!locked) throw new SessionError('SESSION.UNKNOWN', 'There is no such session, or it has expired.');
      const { session, result } = work(locked.session, locked.nowMs);
      const isChanged = session !== locked.session;
      const stored = isChanged ? await table.save(bytes, locked.session.version, session) : locked;
      if (!stored) throw new Error('a session that was locked has changed');
      return { stored, result: { stored, result } };
    });
  }

  /** Resolves when no expiry is being moved any more. */
  async settle(): Promise<void> {
    await Promise.all(this.#sliding.values());
  }

  /** @returns `undefined` when the cache has no session that the change can be made on */
  async #changeCached(key: string, change: (session: Session) => Session): Promise<StoredSession | undefined> {
    const { value } = await this.options.cache.read(key);
    const next = value && tryChange(value.session, change);
    if (!next) return undefined;
    return this.#commit(key, async (table) => {
      const stored = await table.save(toBytes(key), value.session.version, next);
      return { stored, result: stored };
    });
  }

  #commit<Result>(key: string, work: (table: SessionTable) => Promise<Committed<Result>>): Promise<Result> {
    const { database, cache, ttlMs } = this.options;
    return cache.commit(key, () => database.transaction((tx) => work(new SessionTable(tx, ttlMs))));
  }

  /** Behind the reader's back: a read is not held up by a write, and not failed by a database that is away. */
  #slide(key: string, { expiresAtMs }: StoredSession): void {
    const { ttlMs, logger } = this.options;
    if (expiresAtMs - Date.now() > ttlMs * SLIDE_AT || this.#sliding.has(key)) return;
    const sliding = this.#touch(key)
      .catch((error: unknown) => logger.warn({ reason: String(error) }, 'the expiry of a session did not slide'))
      .finally(() => this.#sliding.delete(key));
    this.#sliding.set(key, sliding);
  }

  async #touch(key: string): Promise<void> {
    await this.#commit(key, async (table) => ({ stored: await table.touch(toBytes(key)), result: undefined }));
  }
}

/** Reads a session past every cache. @throws UnavailableError the database is away */
export function loadSession(database: Database, ttlMs: number, key: string): Promise<StoredSession | undefined> {
  return database.read((manager) => {
    const statements: Statements = { query: (sql, parameters) => manager.query(sql, [...parameters]) };
    return new SessionTable(statements, ttlMs).find(toBytes(key));
  });
}

/** The change, on what may not be what the database has: refused there, it has to be tried on what is. */
function tryChange(session: Session, change: (session: Session) => Session): Session | undefined {
  try {
    const next = change(session);
    return next === session ? undefined : next;
  } catch (error) {
    if (error instanceof SessionError) return undefined;
    throw error;
  }
}

function isAlive({ expiresAtMs }: StoredSession): boolean {
  return expiresAtMs > Date.now();
}

function toBytes(key: string): Buffer {
  return Buffer.from(key, 'base64url');
}
