import { eventually } from '@looseleaf/infra';
import {
  INVENTORY_EVENTS_TOPIC,
  INVENTORY_RESERVE_QUEUE,
  ORDERS_EVENTS_TOPIC,
  ORDERS_PLACE_QUEUE,
  topology,
} from '@looseleaf/contracts';
import * as contracts from '@looseleaf/contracts';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { DONE, type Message, type MessageBroker } from '@looseleaf/messaging';
import { MessagingTransport } from '@looseleaf/messaging/nest';
import { createPostgresBroker, migrateBroker } from '@looseleaf/messaging-postgres';
import { OutboxRelay } from '@looseleaf/persistence';
import { createLogger } from '@looseleaf/service-kit';
import { OrdersModule } from './orders.module.js';
import { aCancellation, aPlacing, aRanking, aRefusal, aReservation, TestOrders } from './testing/test-orders.js';

const ORDERS = 300;
const LISTENER = 'listener';

describe('orders on their way through the broker', () => {
  let orders: TestOrders;
  let broker: MessageBroker;
  let relay: OutboxRelay;
  let app: NestFastifyApplication;
  const told = new Map<string, string[]>();

  beforeAll(async () => {
    orders = await TestOrders.start();
    const url = await orders.server.createDatabase('broker');
    await migrateBroker(url);
    broker = createPostgresBroker({ url, applicationName: 'test' });
    await broker.declare({
      ...topology,
      subscriptions: [...topology.subscriptions, { topic: ORDERS_EVENTS_TOPIC, name: LISTENER }],
    });
    startInventory();
    listen();
    relay = new OutboxRelay({ database: orders.database, broker });
    relay.start();
    await startService();
  });
  afterAll(async () => {
    await app.close();
    await relay.stop();
    await broker.close();
    await orders.stop();
  });

  const startService = async (): Promise<void> => {
    const logger = createLogger('test', 'silent');
    const module = OrdersModule.create({ database: orders.database, logger, internalKey: 'k', ranking: aRanking() });
    app = await NestFactory.create<NestFastifyApplication>(module, new FastifyAdapter(), { logger: false });
    const { placeOrder, cancelOrder, stockReserved, stockRefused } = contracts;
    const strategy = new MessagingTransport({
      broker,
      topology,
      contracts: [placeOrder, cancelOrder, stockReserved, stockRefused],
    });
    app.connectMicroservice({ strategy });
    await app.startAllMicroservices();
  };
  /** Says yes to every second order, always the same to the same one, and everything twice, as a broker may. */
  const startInventory = (): void => {
    const answer = (id: string): Message => (Number.parseInt(id.slice(-1), 16) % 2 ? aReservation(id) : aRefusal(id));
    broker.queue(INVENTORY_RESERVE_QUEUE).consume(async (batch) => {
      const reservations = batch.filter(({ message }) => message.name === 'stock.reserve');
      const answers = reservations.map(({ message }) => answer(message.groupKey!));
      await broker.topic(INVENTORY_EVENTS_TOPIC).publish([...answers, ...answers]);
      return batch.map(() => DONE);
    });
  };
  const listen = (): void => {
    broker.queue(`${ORDERS_EVENTS_TOPIC}/${LISTENER}`).consume((batch) => {
      for (const { message } of batch) {
        const names = told.get(message.groupKey!) ?? [];
        told.set(message.groupKey!, names.includes(message.name) ? names : [...names, message.name]);
      }
      return Promise.resolve(batch.map(() => DONE));
    });
  };
  const statesOf = async (messages: readonly Message[]): Promise<Record<string, number>> => {
    const rows = await orders.query<{ state: string; count: number }>(
      'SELECT state, count(*)::int AS count FROM orders WHERE id = ANY($1) GROUP BY state',
      [messages.map(({ groupKey }) => groupKey)],
    );
    return Object.fromEntries(rows.map(({ state, count }) => [state, count]));
  };

  it('all come to their end, each once, though everything arrives twice and the server is restarted meanwhile', async () => {
    const placings = Array.from({ length: ORDERS }, () => aPlacing());
    const queue = broker.queue(ORDERS_PLACE_QUEUE);
    await queue.send([...placings, ...placings]);
    await orders.server.restart();
    await eventually(async () => {
      expect(await statesOf(placings)).toEqual({ confirmed: ORDERS / 2, rejected: ORDERS / 2 });
      for (const { groupKey } of placings) {
        expect(told.get(groupKey!)).toEqual(['order.accepted', expect.stringMatching(/^order\.(confirmed|rejected)$/)]);
      }
    });
  });

  it('can be cancelled in the same breath', async () => {
    const placings = Array.from({ length: 20 }, () => aPlacing());
    const cancellations = placings.map(({ body }) => aCancellation(body.orderId));
    await broker.queue(ORDERS_PLACE_QUEUE).send([...placings, ...cancellations]);
    await eventually(async () => {
      expect(await statesOf(placings)).toEqual({ cancelled: 20 });
      for (const { groupKey } of placings) {
        expect(told.get(groupKey!)!.at(0)).toBe('order.accepted');
        expect(told.get(groupKey!)!.at(-1)).toBe('order.cancelled');
      }
    });
  });
});
