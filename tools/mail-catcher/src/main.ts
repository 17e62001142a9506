import { createLogger, loadConfig, runMain, runService, validateParameters } from '@looseleaf/service-kit';
import { guardPages } from './http/guard-pages.js';
import { mailCatcherConfigSchema } from './mail-catcher.config.js';
import { MailCatcherModule } from './mail-catcher.module.js';
import { exposeKeptMails } from './mail-metrics.js';
import { SmtpReceiver } from './receive-mail/smtp-receiver.js';
import { MailStore } from './store/mail-store.js';

const NAME = 'mail';

async function main(): Promise<void> {
  const config = loadConfig(mailCatcherConfigSchema);
  const logger = createLogger(NAME, config.LOG_LEVEL);
  const store = await MailStore.open({
    directory: config.MAIL_DIRECTORY,
    maxMails: config.MAX_MAILS,
    maxBytes: config.MAX_KEPT_BYTES,
    onForeignFile: (file) => logger.warn({ file }, 'this file in the mail folder is no mail that was caught here'),
  });
  exposeKeptMails(() => store.count);
  const receiver = await SmtpReceiver.start({
    store,
    host: config.HOST,
    port: config.SMTP_PORT,
    maxMailBytes: config.MAX_MAIL_BYTES,
    logger,
  });
  await runService({
    name: NAME,
    config,
    logger,
    module: MailCatcherModule.create(store),
    checks: { folder: () => store.ping() },
    configureHttp: (app) => {
      guardPages(app, config.NETWORK_NAMES);
      validateParameters(app);
    },
    onClose: () => receiver.stop(),
  });
}

runMain(main);
