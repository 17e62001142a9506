import * as contracts from '@looseleaf/contracts';
import { createPostgresBroker } from '@looseleaf/messaging-postgres';
import { createFileObjectStore } from '@looseleaf/object-store';
import { readOutboxFigures, startServiceDatabase } from '@looseleaf/persistence';
import {
  cacheMetrics,
  createLogger,
  exposeOutboxMetrics,
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

/**
 * Two files at a time, each slice by slice. The file of a worker that died goes on after a few seconds: a slice is
 * extended every second while it runs.
 */
const CONSUME = {
  [contracts.INVENTORY_IMPORT_QUEUE]: { maxMessages: 1, concurrency: 2, visibilityTimeoutMs: 3_000 },
};

async function main(): Promise<void> {
  const config = loadConfig(inventoryConfigSchema);
  const logger = createLogger(NAME, config.LOG_LEVEL);
  const broker = createPostgresBroker({ url: config.BROKER_URL, applicationName: NAME, logger });
  const objects = createFileObjectStore({ directory: config.OBJECT_STORE_DIRECTORY });
  const { database, close } = startServiceDatabase({
    url: config.DATABASE_URL,
    entities,
    migrations,
    applicationName: NAME,
    broker,
    logger,
  });
  exposeOutboxMetrics(() => readOutboxFigures(database));
  await runService({
    name: NAME,
    config,
    logger,
    module: InventoryModule.create({
      database,
      objects,
      internalKey: config.INTERNAL_KEY,
      caching: createStockCaching(config.STOCK_CACHE, cacheMetrics()),
    }),
    checks: { database: () => database.ping(), broker: () => broker.ping() },
    partialChecks: { objects: () => objects.ping() },
    consumers: {
      broker,
      topology: contracts.topology,
      contracts: [contracts.reserveStock, contracts.releaseStock, contracts.importStockFile],
      consume: CONSUME,
    },
    http: httpOptions,
    configureHttp: validateParameters,
    onClose: async () => {
      await close();
      await broker.close();
    },
  });
}

runMain(main);
