import type { OrderBody } from './catalogue.js';

/** An order that was sent, and the id that came with its 202. */
export interface SentOrder extends OrderBody {
  readonly key: string;
  id?: string;
}

/** What the shop promised to the load: an id for each key, cancellations, stock files. */
export class Ledger {
  readonly #orders = new Map<string, SentOrder>();
  readonly cancelledIds = new Set<string>();
  readonly stockFileIds = new Set<string>();
  /** Requests that never got a lasting answer, and answers that contradict each other: must stay empty. */
  readonly faults: string[] = [];

  /** Loads that wrote into it: their keys must differ. */
  loads = 0;

  get sent(): SentOrder[] {
    return [...this.#orders.values()];
  }

  get acceptedIds(): string[] {
    return this.sent.flatMap(({ id }) => id ?? []);
  }

  send(key: string, { customerId, lines }: OrderBody): void {
    this.#orders.set(key, { key, lines, ...(customerId !== undefined && { customerId }) });
  }

  /** A 202 came for the key. The same key must always get the same id. */
  accept(key: string, id: string): void {
    const order = this.#orders.get(key)!;
    if (order.id !== undefined && order.id !== id) this.faults.push(`key ${key} is order ${order.id} and order ${id}`);
    order.id = id;
  }
}
