import { createBroker, createObjectStore, createSharedCaches, createUploads } from '@looseleaf/backing-services';
import { ORDERS_PLACE_QUEUE } from '@looseleaf/contracts';
import {
  cacheMetrics,
  createLogger,
  exposeQueueMetrics,
  loadConfig,
  runMain,
  runService,
} from '@looseleaf/service-kit';
import { configureHttp, httpOptions } from './http/configure-http.js';
import { UPLOADS_PATH } from './receive-upload/upload-gate.js';
import { webConfigSchema } from './web.config.js';
import { WebModule } from './web.module.js';

runMain(async () => {
  const config = loadConfig(webConfigSchema);
  const logger = createLogger('web', config.LOG_LEVEL);
  const broker = await createBroker(config, { name: 'web', logger });
  exposeQueueMetrics(broker);
  const caches = await createSharedCaches(config, { observer: cacheMetrics(), logger });
  const objects = await createObjectStore(config);
  const { uploads, receiver } = await createUploads(config, UPLOADS_PATH);
  await runService({
    name: 'web',
    config,
    logger,
    module: WebModule.with({ config, broker, caches, objects, uploads, ...(receiver && { receiver }) }),
    // Owners of data are not checked: orders are taken without them, and not without their queue.
    checks: { broker: () => broker.ping([ORDERS_PLACE_QUEUE]) },
    partialChecks: { objects: () => objects.ping() },
    http: httpOptions,
    configureHttp: (app) => configureHttp(app, { logger, receivesUploads: receiver !== undefined }),
    onClose: async () => {
      await Promise.all([broker.close(), caches.close()]);
    },
  });
});
