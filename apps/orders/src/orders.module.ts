import { INTERNAL_KEY, type OwnerCaching } from '@looseleaf/service-kit';
import { Module, type DynamicModule } from '@nestjs/common';
import type { Database, PersistenceLogger } from '@looseleaf/persistence';
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
}

/** The order service: its consumers, its internal HTTP API, and a use case behind each. */
@Module({})
export class OrdersModule {
  static create({ database, logger, internalKey, caching }: OrdersModuleOptions): DynamicModule {
    const reader = new OrderReader(database);
    const cached = new CachedOrders(reader, caching);
    const watch = new SettlementWatch(reader, caching?.strategy === 'write-through');
    cached.serve(watch);
    return {
      module: OrdersModule,
      controllers: [PlaceOrderConsumer, CancelOrderConsumer, SettleReservationConsumer, OrdersController],
      providers: [
        { provide: INTERNAL_KEY, useValue: internalKey },
        { provide: PlaceOrders, useValue: new PlaceOrders(database, cached, logger) },
        { provide: CancelOrders, useValue: new CancelOrders(database, cached) },
        { provide: SettleReservations, useValue: new SettleReservations(database, cached) },
        { provide: OrderReader, useValue: reader },
        { provide: CachedOrders, useValue: cached },
        { provide: SettlementWatch, useFactory: () => watch },
      ],
    };
  }
}
