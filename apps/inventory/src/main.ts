import { createBroker, createObjectStore, createSharedCaches, databaseSettings } from '@looseleaf/backing-services';
import * as contracts from '@looseleaf/contracts';
import { readOutboxFigures, startServiceDatabase } from '@looseleaf/persistence';
import {
  cacheMetrics,
  createLogger,
  exposeOutboxMetrics,
  exposeReplicaMetrics,
  loadConfig,
  runMain,
  runService,
  validateParameters,
} from '@looseleaf/service-kit';
import { httpOptions } from './http/http-options.js';
import { inventoryConfigSchema } from './inventory.config.js';
import { InventoryModule } from './inventory.module.js';
import { entities, migrations } from './persistence/index.js';
import { createStockCaching } from './stock/stock-caching.js';

const NAME = 'inventory';

const CONSUMERS = {
  topology: contracts.topology,
  contracts: [contracts.reserveStock, contracts.releaseStock, contracts.importStockFile],
  consume: {
    // Two files at a time, each slice by slice. The file of a worker that died goes on after a few seconds: a slice is
    // extended every second while it runs.
    [contracts.INVENTORY_IMPORT_QUEUE]: { maxMessages: 1, concurrency: 2, visibilityTimeoutMs: 3_000 },
  },
};

async function main(): Promise<void> {
  const config = loadConfig(inventoryConfigSchema);
  const logger = createLogger(NAME, config.LOG_LEVEL);
  const broker = await createBroker(config, { name: NAME, logger });
  const objects = await createObjectStore(config);
  const { database, close } = startServiceDatabase({
    ...databaseSettings(config),
    entities,
    migrations,
    applicationName: NAME,
    broker,
    logger,
  });
  const caches = await createSharedCaches(config, { observer: cacheMetrics(), logger });
  exposeOutboxMetrics(() => readOutboxFigures(database));
  exposeReplicaMetrics(() => database.replicaFigures);
  await runService({
    name: NAME,
    config,
    logger,
    module: InventoryModule.create({
      database,
      objects,
      internalKey: config.INTERNAL_KEY,
      caching: createStockCaching(config.STOCK_CACHE, caches, cacheMetrics()),
    }),
    checks: { database: () => database.ping(), broker: () => broker.ping() },
    partialChecks: { objects: () => objects.ping() },
    consumers: { broker, ...CONSUMERS },
    http: httpOptions,
    configureHttp: validateParameters,
    onClose: async () => {
      await close();
      await Promise.all([broker.close(), caches.close()]);
    },
  });
}

runMain(main);
