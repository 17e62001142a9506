import { cacheMetrics, INTERNAL_KEY, type OwnerCaching } from '@looseleaf/service-kit';
import type { Ranking } from '@looseleaf/cache';
import { Module, type DynamicModule } from '@nestjs/common';
import type { Database, PersistenceLogger } from '@looseleaf/persistence';
import { BestSellers } from './best-sellers/best-sellers.js';
import { BestSellersController } from './best-sellers/best-sellers.controller.js';
import { RankingFeeder } from './best-sellers/ranking-feeder.js';
import { SalesLedger } from './best-sellers/sales-ledger.js';
import { CancelOrderConsumer } from './cancel-order/cancel-order.consumer.js';
import { CancelOrders } from './cancel-order/cancel-orders.js';
import { PlaceOrderConsumer } from './place-order/place-order.consumer.js';
import { PlaceOrders } from './place-order/place-orders.js';
import { CachedOrders } from './read-orders/cached-orders.js';
import { OrderReader } from './read-orders/order-reader.js';
import { OrdersController } from './read-orders/orders.controller.js';
import { SettlementWatch } from './read-orders/settlement-watch.js';
import { SettleReservationConsumer } from './settle-reservation/settle-reservation.consumer.js';
import { SettleReservations } from './settle-reservation/settle-reservations.js';

/** What the order service needs from outside; `main.ts` makes it and closes it. */
export interface OrdersModuleOptions {
  readonly database: Database;
  readonly logger: PersistenceLogger;
  /** The key of the internal HTTP API. */
  readonly internalKey: string;
  /** None: every read goes to the database. */
  readonly caching?: OwnerCaching | undefined;
  /** Of what is sold, by the hour; it is fed from here. */
  readonly ranking: Ranking;
}

/** The order service: its consumers, its internal HTTP API, and a use case behind each. */
@Module({})
export class OrdersModule {
  static create({ database, logger, internalKey, caching, ranking }: OrdersModuleOptions): DynamicModule {
    const reader = new OrderReader(database);
    const cached = new CachedOrders(reader, caching);
    const watch = new SettlementWatch(reader, caching?.strategy === 'write-through');
    cached.serve(watch);
    const ledger = new SalesLedger(database);
    const bestSellers = new BestSellers({ ranking, ledger, observer: cacheMetrics() });
    return {
      module: OrdersModule,
      controllers: [
        PlaceOrderConsumer,
        CancelOrderConsumer,
        SettleReservationConsumer,
        OrdersController,
        BestSellersController,
      ],
      providers: [
        { provide: INTERNAL_KEY, useValue: internalKey },
        { provide: PlaceOrders, useValue: new PlaceOrders(database, cached, logger) },
        { provide: CancelOrders, useValue: new CancelOrders(database, cached) },
        { provide: SettleReservations, useValue: new SettleReservations(database, cached) },
        { provide: OrderReader, useValue: reader },
        { provide: CachedOrders, useValue: cached },
        { provide: SettlementWatch, useFactory: () => watch },
        { provide: BestSellers, useValue: bestSellers },
        { provide: RankingFeeder, useFactory: () => new RankingFeeder(ledger, ranking, logger) },
      ],
    };
  }
}
