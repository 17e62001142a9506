import { createSharedCaches, databaseSettings } from '@looseleaf/backing-services';
import { Database } from '@looseleaf/persistence';
import {
  cacheMetrics,
  createLogger,
  loadConfig,
  runMain,
  runService,
  validateParameters,
} from '@looseleaf/service-kit';
import { CheckOuts } from './check-out/check-outs.js';
import { SessionCleaner } from './forget-sessions/session-cleaner.js';
import { httpOptions } from './http/http-options.js';
import { entities, migrations } from './persistence/index.js';
import { sessionsConfigSchema } from './sessions.config.js';
import { createSessionStore, SessionsModule } from './sessions.module.js';

const NAME = 'sessions';

runMain(async () => {
  const config = loadConfig(sessionsConfigSchema);
  const logger = createLogger(NAME, config.LOG_LEVEL);
  const database = new Database({ ...databaseSettings(config), entities, migrations, applicationName: NAME, logger });
  const caches = await createSharedCaches(config, { observer: cacheMetrics(), logger });
  const sessions = createSessionStore(database, logger, {
    caches,
    strategy: config.SESSION_CACHE,
    cacheTtlMs: config.SESSION_CACHE_TTL_MS,
    cacheMaxBytes: config.SESSION_CACHE_MAX_BYTES,
    sessionTtlMs: config.SESSION_TTL_MS,
    observer: cacheMetrics(),
  });
  const checkOuts = new CheckOuts(sessions, { leaseMs: config.CHECKOUT_LEASE_MS });
  const cleaner = new SessionCleaner(database, logger);
  database.start();
  cleaner.start();
  await runService({
    name: NAME,
    config,
    logger,
    module: SessionsModule.create({ sessions, checkOuts, internalKey: config.INTERNAL_KEY }),
    checks: { database: () => database.ping() },
    http: httpOptions,
    configureHttp: validateParameters,
    onClose: async () => {
      await cleaner.stop();
      await sessions.settle();
      await Promise.all([database.close(), caches.close()]);
    },
  });
});
