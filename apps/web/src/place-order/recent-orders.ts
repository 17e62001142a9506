import { Injectable } from '@nestjs/common';
import type { OrderLine } from '@looseleaf/contracts';
import { LRUCache } from 'lru-cache';

/** What the process that accepted an order knows of it. */
export interface AcceptedOrder {
  readonly id: string;
  /** RFC 3339 UTC. */
  readonly acceptedAt: string;
  readonly lines: readonly OrderLine[];
  /** Only with an idempotency key. */
  readonly requestDigest?: string | undefined;
}

const MAX_ORDERS = 5_000;
/** A line is some 100 bytes. */
const MAX_LINES = 50_000;

/**
 * The orders that this process accepted lately. It saves work and gives better answers, and nothing depends on it: on
 * another replica, or once an order has fallen out, an order under a used key is sent again (its consumer recognises
 * it), and an order that its owner has not recorded is shown without its lines.
 */
@Injectable()
export class RecentOrders {
  readonly #orders = new LRUCache<string, AcceptedOrder>({
    max: MAX_ORDERS,
    maxSize: MAX_LINES,
    sizeCalculation: ({ lines }) => lines.length,
  });

  get(id: string): AcceptedOrder | undefined {
    return this.#orders.get(id);
  }

  add(order: AcceptedOrder): void {
    this.#orders.set(order.id, order);
  }
}
