import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import { cacheMetrics } from '@looseleaf/service-kit';
import type { SharedCaches } from '@looseleaf/backing-services';
import type { MessageBroker } from '@looseleaf/messaging';
import type { ObjectStore, UploadReceiver, Uploads } from '@looseleaf/object-store';
import { createLoaded } from './cached-reads/loaded-cache.js';
import { CancelOrderController } from './cancel-order/cancel-order.controller.js';
import { CancelOrders } from './cancel-order/cancel-orders.js';
import { cartControllers, cartProviders } from './cart-parts.js';
import { OperatorGuard } from './http/operator.guard.js';
import { ListOrdersController } from './list-orders/list-orders.controller.js';
import { ManageSubscriptionsController } from './manage-subscriptions/manage-subscriptions.controller.js';
import { OperateQueuesController } from './operate-queues/operate-queues.controller.js';
import { PlaceOrderBatchController } from './place-order-batch/place-order-batch.controller.js';
import { PlaceOrderBatch } from './place-order-batch/place-order-batch.js';
import { PlaceOrderController } from './place-order/place-order.controller.js';
import { PlaceOrders } from './place-order/place-orders.js';
import { RecentOrders } from './place-order/recent-orders.js';
import { PrepareUploadController } from './prepare-upload/prepare-upload.controller.js';
import { PrepareUploads } from './prepare-upload/prepare-uploads.js';
import { ReadBestSellers } from './read-best-sellers/read-best-sellers.js';
import { ReadBestSellersController } from './read-best-sellers/read-best-sellers.controller.js';
import { createCatalogueCaches } from './read-items/catalogue-caches.js';
import { ReadCatalogue } from './read-items/read-catalogue.js';
import { ReadItemsController } from './read-items/read-items.controller.js';
import { ReadOrderController } from './read-order/read-order.controller.js';
import { ReadOrder } from './read-order/read-order.js';
import { ReadStockFileController } from './read-stock-file/read-stock-file.controller.js';
import { ReadStockController } from './read-stock/read-stock.controller.js';
import { ImportStockFiles } from './receive-stock-file/import-stock-files.js';
import { ReceiveStockFileController } from './receive-stock-file/receive-stock-file.controller.js';
import { ReceiveStockFiles } from './receive-stock-file/receive-stock-files.js';
import { OngoingUploads } from './receive-upload/ongoing-uploads.js';
import { ReceiveUploadController } from './receive-upload/receive-upload.controller.js';
import { UploadGate } from './receive-upload/upload-gate.js';
import { UploadedStockFiles } from './receive-upload/uploaded-stock-files.js';
import { SignedIds } from './signed-ids/signed-ids.js';
import { Upstream } from './upstream/upstream.js';
import type { WebConfig } from './web.config.js';
import {
  BROKER,
  CONFIG,
  INVENTORY_API,
  NOTIFIER_API,
  OBJECT_STORE,
  ORDER_IDS,
  ORDERS_API,
  SESSIONS_API,
  STOCK_FILE_IDS,
  SUBSCRIPTION_IDS,
  UPLOAD_RECEIVER,
  UPLOADS,
} from './web.tokens.js';

/** A list for each window and length. */
const BEST_SELLERS_BYTES = 4 * 1024 * 1024;

/** What the web tier needs from outside. */
export interface WebParts {
  readonly config: WebConfig;
  readonly broker: MessageBroker;
  readonly objects: ObjectStore;
  readonly caches: SharedCaches;
  readonly uploads: Uploads;
  /** For an object store that cannot receive uploads itself. */
  readonly receiver?: UploadReceiver;
}

/** The web tier: one controller a use case, no state of its own. */
@Module({
  controllers: [
    PlaceOrderController,
    PlaceOrderBatchController,
    ReadOrderController,
    ListOrdersController,
    CancelOrderController,
    ReadItemsController,
    ReadBestSellersController,
    ReadStockController,
    ReceiveStockFileController,
    PrepareUploadController,
    ReadStockFileController,
    OperateQueuesController,
    ManageSubscriptionsController,
    ...cartControllers,
  ],
  providers: [
    PlaceOrders,
    PlaceOrderBatch,
    RecentOrders,
    ReadOrder,
    CancelOrders,
    ReceiveStockFiles,
    ImportStockFiles,
    PrepareUploads,
    UploadedStockFiles,
    OperatorGuard,
  ],
})
export class WebModule {
  static with(parts: WebParts): DynamicModule {
    const { config, receiver } = parts;
    return {
      module: WebModule,
      controllers: receiver ? [ReceiveUploadController] : [],
      providers: [...adapters(parts), ...cartProviders(config), ...(receiver ? receiving(receiver) : [])],
    };
  }
}

function receiving(receiver: UploadReceiver): Provider[] {
  return [{ provide: UPLOAD_RECEIVER, useValue: receiver }, UploadGate, OngoingUploads];
}

function adapters({ config, broker, caches, objects, uploads }: WebParts): Provider[] {
  const { ID_SECRET, INTERNAL_KEY: key, ORDERS_URL, INVENTORY_URL, SESSIONS_URL, NOTIFIER_URL } = config;
  return [
    { provide: CONFIG, useValue: config },
    { provide: BROKER, useValue: broker },
    { provide: OBJECT_STORE, useValue: objects },
    { provide: UPLOADS, useValue: uploads },
    { provide: ORDER_IDS, useFactory: () => new SignedIds(ID_SECRET, 'order') },
    { provide: STOCK_FILE_IDS, useFactory: () => new SignedIds(ID_SECRET, 'stock-file') },
    { provide: SUBSCRIPTION_IDS, useFactory: () => new SignedIds(ID_SECRET, 'subscription') },
    { provide: ORDERS_API, useFactory: () => new Upstream({ name: 'order', baseUrl: ORDERS_URL, key }) },
    { provide: INVENTORY_API, useFactory: () => new Upstream({ name: 'inventory', baseUrl: INVENTORY_URL, key }) },
    {
      provide: ReadCatalogue,
      inject: [INVENTORY_API],
      useFactory: (inventory: Upstream) => readCatalogue(inventory, config, caches),
    },
    {
      provide: ReadBestSellers,
      inject: [ORDERS_API],
      useFactory: (orders: Upstream) => readBestSellers(orders, config, caches),
    },
    { provide: SESSIONS_API, useFactory: () => new Upstream({ name: 'session', baseUrl: SESSIONS_URL, key }) },
    { provide: NOTIFIER_API, useFactory: () => new Upstream({ name: 'notifier', baseUrl: NOTIFIER_URL, key }) },
  ];
}

function readCatalogue(inventory: Upstream, config: WebConfig, shared: SharedCaches): ReadCatalogue {
  const observer = cacheMetrics();
  const caches =
    config.CATALOGUE_CACHE === 'none' ? undefined : createCatalogueCaches(config.CATALOGUE_CACHE, shared, observer);
  const staleness = {
    ifErrorMs: config.CATALOGUE_STALE_IF_ERROR_MS,
    whileRevalidateMs: config.CATALOGUE_STALE_WHILE_REVALIDATE_MS,
  };
  return new ReadCatalogue(inventory, caches, staleness, observer);
}

function readBestSellers(orders: Upstream, config: WebConfig, shared: SharedCaches): ReadBestSellers {
  const cache =
    config.CATALOGUE_CACHE === 'none' ? undefined : createLoaded(shared, 'best-sellers', BEST_SELLERS_BYTES);
  return new ReadBestSellers(orders, cache, config.CATALOGUE_STALE_IF_ERROR_MS, cacheMetrics());
}
