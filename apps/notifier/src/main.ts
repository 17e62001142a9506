import { createBroker, databaseSettings } from '@looseleaf/backing-services';
import * as contracts from '@looseleaf/contracts';
import { readOutboxFigures, startServiceDatabase } from '@looseleaf/persistence';
import {
  createLogger,
  exposeDeliveryMetrics,
  exposeOutboxMetrics,
  loadConfig,
  recordDelivery,
  runMain,
  runService,
  validateParameters,
} from '@looseleaf/service-kit';
import { readDeliveryFigures } from './deliver/read-delivery-figures.js';
import { startDelivering } from './deliver/start-delivering.js';
import { notifierConfigSchema, type NotifierConfig } from './notifier.config.js';
import { NotifierModule } from './notifier.module.js';
import { entities, migrations } from './persistence/index.js';
import { SecretBox } from './subscriptions/secret-box.js';

const NAME = 'notifier';
/** Of the time that a stopping service has; what is unfinished then comes again. */
const DELIVERIES_SHARE = 0.5;

async function main(): Promise<void> {
  const config = loadConfig(notifierConfigSchema);
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
  const secrets = new SecretBox(config.WEBHOOK_KEY);
  const internalKey = config.INTERNAL_KEY;
  const addressPolicy = { allowLoopback: config.WEBHOOK_ALLOW_LOOPBACK };
  const { dispatcher, stop } = startDelivering({
    ...{ database, logger, secrets, addressPolicy },
    ...deliverySettings(config),
    onSettlement: recordDelivery,
  });
  exposeOutboxMetrics(() => readOutboxFigures(database));
  exposeDeliveryMetrics(() => readDeliveryFigures(database));
  await runService({
    name: NAME,
    config,
    logger,
    module: NotifierModule.create({ database, dispatcher, secrets, addressPolicy, internalKey }),
    // Not the mail server: while it is away mail waits, and everything else goes on as if nothing was.
    checks: { database: () => database.ping(), broker: () => broker.ping() },
    consumers: { broker, topology: contracts.topology, contracts: contracts.notifiableEvents },
    configureHttp: validateParameters,
    onClose: async () => {
      await stop(config.SHUTDOWN_DEADLINE_MS * DELIVERIES_SHARE);
      await close();
      await broker.close();
    },
  });
}

function deliverySettings(config: NotifierConfig) {
  return {
    retry: {
      maxAttempts: config.DELIVERY_MAX_ATTEMPTS,
      baseMs: config.DELIVERY_RETRY_BASE_MS,
      maxMs: config.DELIVERY_RETRY_MAX_MS,
    },
    smtpUrl: config.SMTP_URL,
    mailFrom: config.MAIL_FROM,
    smtpTimeoutMs: config.SMTP_TIMEOUT_MS,
    webhookTimeoutMs: config.WEBHOOK_TIMEOUT_MS,
    deadLetterRetentionMs: config.DEAD_LETTER_RETENTION_MS,
  };
}

runMain(main);
