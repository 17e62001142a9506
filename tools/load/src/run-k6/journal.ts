import type { Line } from '../k6/plan.js';
import type { LoadRecord } from '../k6/record.js';

/** An order that was sent. */
export interface SentOrder {
  /** Undefined for a cart: it cannot be sent again from outside its session. */
  readonly lines?: readonly Line[];
  /** From the 202. */
  id?: string;
  /** Answered so that it is not taken. */
  refusal?: string;
}

/** What happened in one second. */
export interface Second {
  accepted: number;
  failed: number;
  /** Of what was accepted. */
  readonly latenciesMs: number[];
}

/** What the customers in k6 told, in memory. */
export class Journal {
  /** By idempotency key. */
  readonly orders = new Map<string, SentOrder>();
  /** Orders whose cancellation was answered with 202. */
  readonly cancelledIds = new Set<string>();
  /** Rows by id of a stock file that was answered with 202. */
  readonly files = new Map<string, number>();
  /** How often an order or a checkout got no answer that settles it, by reason. */
  readonly failures: Record<string, number> = {};
  readonly seconds: Second[] = [];
  readonly #startedAt = performance.now();

  add(record: LoadRecord): void {
    switch (record[0]) {
      case 'sent':
        this.orders.set(record[1], { ...(record[2] && { lines: record[2] }) });
        break;
      case 'accepted':
        this.orders.get(record[1])!.id = record[2];
        this.#second().accepted += 1;
        this.#second().latenciesMs.push(record[3]);
        break;
      case 'refused':
        this.orders.get(record[1])!.refusal = record[2];
        this.#fail(record[2]);
        break;
      case 'failed':
        this.#fail(record[2]);
        break;
      case 'cancelled':
        this.cancelledIds.add(record[1]);
        break;
      case 'file':
        this.files.set(record[1], record[2]);
        break;
    }
  }

  #fail(reason: string): void {
    this.failures[reason] = (this.failures[reason] ?? 0) + 1;
    this.#second().failed += 1;
  }

  #second(): Second {
    const index = Math.floor((performance.now() - this.#startedAt) / 1_000);
    while (this.seconds.length <= index) this.seconds.push({ accepted: 0, failed: 0, latenciesMs: [] });
    return this.seconds[index]!;
  }
}
