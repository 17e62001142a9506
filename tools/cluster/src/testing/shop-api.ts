import { importStockFile, ShopClient } from '@looseleaf/replay';

const PATIENCE_MS = 60_000;
const PAGE = 500;

export interface OrderView {
  readonly id: string;
  readonly state: string;
  readonly lines?: readonly { readonly sku: string; readonly quantity: number }[];
}

export interface QueueView {
  readonly queue: string;
  readonly depth: number;
  readonly inFlight: number;
  readonly deadLettered: number;
}

/** The shop's API, for looking at it: calls are repeated while the shop cannot answer. */
export class ShopApi {
  readonly #client: ShopClient;

  constructor(
    readonly webUrl: string,
    operatorKey: string,
  ) {
    const isPassing = (status: number): boolean => status >= 500 || status === 429;
    this.#client = new ShopClient({ webUrl, operatorKey, patienceMs: PATIENCE_MS, isPassing });
  }

  /** Resolves when the rows are in stock. */
  async loadStock(csv: string): Promise<void> {
    const { state, rowsRejected } = await importStockFile(this.#client, csv);
    if (state !== 'imported' || rowsRejected > 0) throw new Error(`stock file: ${state}, ${rowsRejected} rejected`);
  }

  /** @returns ids in the order of the orders */
  async placeBatch(orders: readonly object[]): Promise<string[]> {
    const { items } = await this.#client.post<{ items: { id: string }[] }>('/v1/orders/batch', JSON.stringify(orders));
    return items.map(({ id }) => id);
  }

  async placeOrder(order: object): Promise<string> {
    return (await this.#client.post<{ id: string }>('/v1/orders', JSON.stringify(order))).id;
  }

  readOrder(id: string): Promise<OrderView> {
    return this.#client.get(`/v1/orders/${id}`);
  }

  async queues(): Promise<readonly QueueView[]> {
    return (await this.#client.get<{ items: QueueView[] }>('/v1/queues')).items;
  }

  /** Messages that wait or are being handled, over all queues. */
  async backlog(): Promise<number> {
    return (await this.queues()).reduce((sum, { depth, inFlight }) => sum + depth + inFlight, 0);
  }

  ordersOf(customerId: string): Promise<OrderView[]> {
    return this.#client.list(`/v1/orders?limit=${PAGE}&customerId=${customerId}`);
  }

  /** What can still be sold of an item, by the database. */
  async unitsLeft(sku: string): Promise<number> {
    const stores = await this.#client.list<{ count: number }>(`/v1/stock?limit=${PAGE}&sku=${sku}&consistency=strong`);
    return stores.reduce((sum, { count }) => sum + count, 0);
  }
}
