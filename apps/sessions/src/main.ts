import { Database } from '@looseleaf/persistence';
import { createLogger, loadConfig, runMain, runService, validateParameters } from '@looseleaf/service-kit';
import { entities, migrations } from './persistence/index.js';
import { sessionsConfigSchema } from './sessions.config.js';
import { SessionsModule } from './sessions.module.js';

const NAME = 'sessions';

runMain(async () => {
  const config = loadConfig(sessionsConfigSchema);
  const logger = createLogger(NAME, config.LOG_LEVEL);
  const database = new Database({ url: config.DATABASE_URL, entities, migrations, applicationName: NAME, logger });
  database.start();
  await runService({
    name: NAME,
    config,
    logger,
    module: SessionsModule.create({ database, internalKey: config.INTERNAL_KEY }),
    checks: { database: () => database.ping() },
    configureHttp: validateParameters,
    onClose: () => database.close(),
  });
});
