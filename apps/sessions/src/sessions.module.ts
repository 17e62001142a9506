import type { OwnerCacheStrategy, SharedCaches } from '@looseleaf/backing-services';
import type { CacheObserver } from '@looseleaf/cache';
import type { Database, PersistenceLogger } from '@looseleaf/persistence';
import { INTERNAL_KEY } from '@looseleaf/service-kit';
import { Module, type DynamicModule } from '@nestjs/common';
import { ChangeCartController } from './change-cart/change-cart.controller.js';
import { CheckOutController } from './check-out/check-out.controller.js';
import { CheckOuts } from './check-out/check-outs.js';
import { ReadSessionController } from './read-session/read-session.controller.js';
import {
  createLazySessionCache,
  createNoSessionCache,
  createWriteThroughSessionCache,
  type SessionCache,
} from './session-store/session-cache.js';
import { loadSession, SessionStore } from './session-store/session-store.js';

/** Bytes are the limit; this is more than they leave room for. Memory for its index is taken at once. */
const MAX_ENTRIES = 150_000;

/** What the session store needs from outside; `main.ts` makes it and closes it. */
export interface SessionsModuleOptions {
  readonly sessions: SessionStore;
  readonly checkOuts: CheckOuts;
  /** The key of the internal HTTP API. */
  readonly internalKey: string;
}

/** The session store: its internal HTTP API, and a use case behind each route. */
@Module({})
export class SessionsModule {
  static create({ sessions, checkOuts, internalKey }: SessionsModuleOptions): DynamicModule {
    return {
      module: SessionsModule,
      controllers: [ReadSessionController, ChangeCartController, CheckOutController],
      providers: [
        { provide: INTERNAL_KEY, useValue: internalKey },
        { provide: SessionStore, useValue: sessions },
        { provide: CheckOuts, useValue: checkOuts },
      ],
    };
  }
}

/** How sessions are kept; durations in milliseconds. */
export interface SessionStoreSettings {
  readonly strategy: OwnerCacheStrategy;
  readonly caches: SharedCaches;
  readonly cacheTtlMs: number;
  readonly cacheMaxBytes: number;
  readonly sessionTtlMs: number;
  readonly observer?: CacheObserver;
}

/** A session store on a database, with a cache before it. */
export function createSessionStore(
  database: Database,
  logger: PersistenceLogger,
  settings: SessionStoreSettings,
): SessionStore {
  const { sessionTtlMs: ttlMs } = settings;
  return new SessionStore({ database, cache: createCache(database, settings), ttlMs, logger });
}

function createCache(database: Database, settings: SessionStoreSettings): SessionCache {
  const { strategy, caches, cacheTtlMs: ttlMs, cacheMaxBytes: maxBytes, observer } = settings;
  const load = (key: string): ReturnType<typeof loadSession> => loadSession(database, settings.sessionTtlMs, key);
  if (strategy === 'none') return createNoSessionCache({ load });
  const cache = caches.create({ name: 'sessions', maxBytes, maxEntries: MAX_ENTRIES });
  const create = strategy === 'lazy' ? createLazySessionCache : createWriteThroughSessionCache;
  return create({ cache, load, ttlMs, ...(observer && { observer }) });
}
