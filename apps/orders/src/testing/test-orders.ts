import {
  cancelOrder,
  placeOrder,
  stockRefused,
  stockReserved,
  type CancellationReason,
  type CancelOrder,
  type OrderLine,
  type PlaceOrder,
  type StockRefused,
  type StockReserved,
} from '@looseleaf/contracts';
import { createMemoryRanking, type Ranking } from '@looseleaf/cache';
import { eventually, startTestPostgres, type TestPostgres } from '@looseleaf/infra';
import { createMessage, type Message } from '@looseleaf/messaging';
import { Database, runMigrations } from '@looseleaf/persistence';
import type { OwnerCaching } from '@looseleaf/service-kit';
import { KEPT_MS } from '../best-sellers/hours.js';
import { CancelOrders } from '../cancel-order/cancel-orders.js';
import type { HistoryEntry } from '../domain/order.js';
import type { OrderState } from '../domain/order-state.js';
import { entities, migrations } from '../persistence/index.js';
import { PlaceOrders } from '../place-order/place-orders.js';
import { CachedOrders } from '../read-orders/cached-orders.js';
import { OrderReader } from '../read-orders/order-reader.js';
import { SettleReservations } from '../settle-reservation/settle-reservations.js';

export interface OrderRow {
  readonly id: string;
  readonly state: OrderState;
  readonly customer_id: string | null;
  readonly email: string | null;
  readonly lines: unknown;
  readonly total_minor: string | null;
  readonly history: HistoryEntry[];
  readonly accepted_at: Date | null;
}

/** The order service's use cases on a server of their own. What they send stays in the outbox, to be looked at. */
export class TestOrders {
  readonly warnings: object[] = [];
  readonly place: PlaceOrders;
  readonly cancel: CancelOrders;
  readonly settle: SettleReservations;

  private constructor(
    readonly server: TestPostgres,
    readonly database: Database,
    readonly cached: CachedOrders,
  ) {
    const logger = { info: () => {}, warn: (fields: object) => void this.warnings.push(fields), error: () => {} };
    this.place = new PlaceOrders(database, cached, logger);
    this.cancel = new CancelOrders(database, cached);
    this.settle = new SettleReservations(database, cached);
  }

  /** @param caching none: every read goes to the database */
  static async start(caching?: OwnerCaching): Promise<TestOrders> {
    const server = await startTestPostgres();
    const url = await server.createDatabase('orders');
    await runMigrations({ url, migrations });
    const database = new Database({ url, entities, migrations });
    database.start();
    await eventually(() => database.ping());
    return new TestOrders(server, database, new CachedOrders(new OrderReader(database), caching));
  }

  async stop(): Promise<void> {
    await this.database.close();
    await this.server.stop();
  }

  query<Row>(sql: string, parameters: unknown[] = []): Promise<Row[]> {
    return this.database.read((manager) => manager.query<Row[]>(sql, parameters));
  }

  async row(id: string): Promise<OrderRow | undefined> {
    const [row] = await this.query<OrderRow>('SELECT * FROM orders WHERE id = $1', [id]);
    return row;
  }

  /** Empties the outbox; what was in it, in order, by queue and topic. */
  async takeSent(): Promise<Map<string, Message[]>> {
    const rows = await this.query<{ batches: string }>('SELECT batches FROM outbox ORDER BY id');
    await this.query('TRUNCATE outbox');
    const sent = new Map<string, Message[]>();
    for (const { batches } of rows) {
      for (const { name, messages } of JSON.parse(batches) as { name: string; messages: Message[] }[]) {
        sent.set(name, [...(sent.get(name) ?? []), ...messages]);
      }
    }
    return sent;
  }

  /** Names of what was sent about an order, by queue and topic. */
  async takeSentAbout(id: string): Promise<Record<string, string[]>> {
    const sent = await this.takeSent();
    const names = [...sent].map(([channel, messages]): [string, string[]] => [
      channel,
      messages.filter(({ groupKey }) => groupKey === id).map(({ name }) => name),
    ]);
    return Object.fromEntries(names.filter(([, about]) => about.length > 0));
  }
}

let counter = 0;
/** Ids need no meaning here; they are UUIDv8, as the web tier's are. */
export function anOrderId(): string {
  counter += 1;
  return `0199a2b4-0000-8000-8000-${counter.toString(16).padStart(12, '0')}`;
}

export function aRanking(): Ranking {
  return createMemoryRanking({ name: 'best-sellers', keepMs: KEPT_MS });
}

export const LINES: OrderLine[] = [
  { sku: '85123A', quantity: 6, seenUnitPriceMinor: 255 },
  { sku: '71053', quantity: 2 },
];

export function aPlacing(order: Partial<PlaceOrder> = {}): Message<PlaceOrder> {
  const acceptedAt = '2010-12-01T08:26:00.000Z';
  return createMessage(placeOrder, { orderId: anOrderId(), lines: LINES, acceptedAt, ...order });
}

export function aCancellation(orderId: string, reason?: CancellationReason): Message<CancelOrder> {
  return createMessage(cancelOrder, { orderId, requestedAt: '2010-12-01T08:27:00.000Z', reason });
}

export const PRICED = [
  { sku: '85123A', quantity: 6, unitPriceMinor: 255 },
  { sku: '71053', quantity: 2, unitPriceMinor: 339 },
];
export const PRICED_TOTAL_MINOR = 2208;

export function aReservation(orderId: string): Message<StockReserved> {
  const allocations = PRICED.map(({ sku, quantity }) => ({ store: 'Berlin', sku, quantity }));
  return createMessage(stockReserved, { orderId, lines: PRICED, allocations });
}

export function aRefusal(orderId: string): Message<StockRefused> {
  return createMessage(stockRefused, { orderId, reason: 'OUT_OF_STOCK', skus: ['71053'] });
}
