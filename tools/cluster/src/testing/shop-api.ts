import { setTimeout as sleep } from 'node:timers/promises';

const TIMEOUT_MS = 15_000;
const PATIENCE_MS = 60_000;
const RETRY_MS = 250;
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

interface Page<T> {
  readonly items: readonly T[];
  readonly next?: string;
}

/** The shop's API, for looking at it: calls are repeated while the shop cannot answer. */
export class ShopApi {
  constructor(
    readonly webUrl: string,
    private readonly operatorKey: string,
  ) {}

  /** Resolves when the rows are in stock. */
  async loadStock(csv: string): Promise<void> {
    const { id } = await this.#call<{ id: string }>('POST', '/v1/stock-files', csv, 'text/csv');
    for (;;) {
      const { state, rowsRejected } = await this.#call<{ state: string; rowsRejected: number }>(
        'GET',
        `/v1/stock-files/${id}`,
      );
      if (state === 'imported' && rowsRejected === 0) return;
      if (state === 'imported' || state === 'failed') throw new Error(`stock file: ${state}, ${rowsRejected} rejected`);
      await sleep(RETRY_MS);
    }
  }

  /** @returns ids in the order of the orders */
  async placeBatch(orders: readonly object[]): Promise<string[]> {
    const { items } = await this.#call<Page<{ id: string }>>('POST', '/v1/orders/batch', JSON.stringify(orders));
    return items.map(({ id }) => id);
  }

  async placeOrder(order: object): Promise<string> {
    return (await this.#call<{ id: string }>('POST', '/v1/orders', JSON.stringify(order))).id;
  }

  readOrder(id: string): Promise<OrderView> {
    return this.#call('GET', `/v1/orders/${id}`);
  }

  async queues(): Promise<readonly QueueView[]> {
    return (await this.#call<Page<QueueView>>('GET', '/v1/queues')).items;
  }

  /** Messages that wait or are being handled, over all queues. */
  async backlog(): Promise<number> {
    return (await this.queues()).reduce((sum, { depth, inFlight }) => sum + depth + inFlight, 0);
  }

  ordersOf(customerId: string): Promise<OrderView[]> {
    return this.#all(`/v1/orders?limit=${PAGE}&customerId=${customerId}`);
  }

  /** What can still be sold of an item, by the database. */
  async unitsLeft(sku: string): Promise<number> {
    const stores = await this.#all<{ count: number }>(`/v1/stock?limit=${PAGE}&sku=${sku}&consistency=strong`);
    return stores.reduce((sum, { count }) => sum + count, 0);
  }

  async #all<T>(path: string): Promise<T[]> {
    const all: T[] = [];
    for (let after = ''; ;) {
      const { items, next } = await this.#call<Page<T>>('GET', path + after);
      all.push(...items);
      if (next === undefined) return all;
      after = `&after=${encodeURIComponent(next)}`;
    }
  }

  /** @throws Error for an answer that will not change, and when there is none for too long */
  async #call<T>(method: string, path: string, body?: string, contentType = 'application/json'): Promise<T> {
    const giveUpAt = Date.now() + PATIENCE_MS;
    for (;;) {
      const answer = await this.#try(method, path, body, contentType);
      if ('body' in answer) return answer.body as T;
      if (answer.isLasting || Date.now() > giveUpAt) throw new Error(`${method} ${path}: ${answer.obstacle}`);
      await sleep(RETRY_MS);
    }
  }

  async #try(
    method: string,
    path: string,
    body: string | undefined,
    contentType: string,
  ): Promise<{ body: unknown } | { obstacle: string; isLasting: boolean }> {
    try {
      const response = await fetch(this.webUrl + path, {
        method,
        headers: {
          authorization: `Bearer ${this.operatorKey}`,
          ...(body !== undefined && { 'content-type': contentType }),
        },
        ...(body !== undefined && { body }),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      const text = await response.text();
      if (response.ok) return { body: JSON.parse(text) };
      return { obstacle: `${response.status} ${text}`, isLasting: response.status < 500 && response.status !== 429 };
    } catch (error) {
      const { message, cause } = error as Error;
      return { obstacle: cause instanceof Error ? cause.message : message, isLasting: false };
    }
  }
}
