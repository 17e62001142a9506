import { createPostgresBroker } from '@looseleaf/messaging-postgres';
import { createFileObjectStore, createFileUploads } from '@looseleaf/object-store';
import { createLogger, exposeQueueMetrics, loadConfig, runMain, runService } from '@looseleaf/service-kit';
import { configureHttp, httpOptions } from './http/configure-http.js';
import { UPLOADS_PATH } from './receive-upload/upload-gate.js';
import { webConfigSchema } from './web.config.js';
import { WebModule } from './web.module.js';

runMain(async () => {
  const config = loadConfig(webConfigSchema);
  const logger = createLogger('web', config.LOG_LEVEL);
  const broker = createPostgresBroker({ url: config.BROKER_URL, applicationName: 'web', logger });
  exposeQueueMetrics(broker);
  const directory = config.OBJECT_STORE_DIRECTORY;
  const objects = createFileObjectStore({ directory });
  const uploads = createFileUploads({ directory, secret: config.UPLOAD_SECRET, path: UPLOADS_PATH });
  await runService({
    name: 'web',
    config,
    logger,
    module: WebModule.with({ config, broker, objects, uploads }),
    // Owners of data are not checked: orders are taken without them.
    checks: { broker: () => broker.ping() },
    partialChecks: { objects: () => objects.ping() },
    http: httpOptions,
    configureHttp: (app) => configureHttp(app, logger),
    onClose: () => broker.close(),
  });
});
