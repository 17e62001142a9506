import { createPostgresBroker } from '@looseleaf/messaging-postgres';
import { readOutboxFigures, startServiceDatabase } from '@looseleaf/persistence';
import {
  createLogger,
  exposeOutboxMetrics,
  loadConfig,
  runMain,
  runService,
  validateParameters,
} from '@looseleaf/service-kit';
import { notifierConfigSchema } from './notifier.config.js';
import { NotifierModule } from './notifier.module.js';
import { entities, migrations } from './persistence/index.js';

const NAME = 'notifier';

async function main(): Promise<void> {
  const config = loadConfig(notifierConfigSchema);
  const logger = createLogger(NAME, config.LOG_LEVEL);
  const broker = createPostgresBroker({ url: config.BROKER_URL, applicationName: NAME, logger });
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
    module: NotifierModule.create({ database, internalKey: config.INTERNAL_KEY }),
    checks: { database: () => database.ping(), broker: () => broker.ping() },
    configureHttp: validateParameters,
    onClose: async () => {
      await close();
      await broker.close();
    },
  });
}

runMain(main);
