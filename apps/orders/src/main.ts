import { createBroker, createRanking, createSharedCaches, databaseSettings } from '@looseleaf/backing-services';
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
import { KEPT_MS } from './best-sellers/hours.js';
import { ordersConfigSchema } from './orders.config.js';
import { OrdersModule } from './orders.module.js';
import { entities, migrations } from './persistence/index.js';
import { createOrderCaching } from './read-orders/order-caching.js';

const NAME = 'orders';

async function main(): Promise<void> {
  const config = loadConfig(ordersConfigSchema);
  const logger = createLogger(NAME, config.LOG_LEVEL);
  const broker = await createBroker(config, { name: NAME, logger });
  const { database, close } = startServiceDatabase({
    ...databaseSettings(config),
    entities,
    migrations,
    applicationName: NAME,
    broker,
    logger,
  });
  const caches = await createSharedCaches(config, { observer: cacheMetrics(), logger });
  const ranking = await createRanking(config, { name: 'best-sellers', keepMs: KEPT_MS });
  exposeOutboxMetrics(() => readOutboxFigures(database));
  exposeReplicaMetrics(() => database.replicaFigures);
  await runService({
    name: NAME,
    config,
    logger,
    module: OrdersModule.create({
      database,
      logger,
      internalKey: config.INTERNAL_KEY,
      caching: createOrderCaching(config.ORDER_CACHE, caches, cacheMetrics()),
      ranking,
    }),
    checks: { database: () => database.ping(), broker: () => broker.ping() },
    consumers: {
      broker,
      topology: contracts.topology,
      contracts: [contracts.placeOrder, contracts.cancelOrder, contracts.stockReserved, contracts.stockRefused],
    },
    configureHttp: validateParameters,
    onClose: async () => {
      await close();
      await Promise.all([broker.close(), caches.close(), ranking.close()]);
    },
  });
}

runMain(main);
