import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { UnavailableError } from '@looseleaf/messaging';
import { isSettled } from '../domain/order-state.js';
import type { OrderView } from '../domain/order-view.js';
import type { OrderAudience } from './cached-orders.js';
import type { OrderReader } from './order-reader.js';

/** A reader; one call of either function ends its wait. */
interface Waiter {
  readonly answer: (order: OrderView | undefined) => void;
  readonly fail: (error: unknown) => void;
}

/** Time between two looks at the database; a waiting reader learns of a change half of it later, on average. */
const POLL_INTERVAL_MS = 50;
/** While somebody tells of every change, a look is for what was settled before a reader came, and for what was not told. */
const LOOKS_SKIPPED_WHEN_TOLD = 9;

/**
 * Waits for orders to be settled. All waiting readers of the process share one query for each look, and while nobody
 * waits there is none.
 */
@Injectable()
export class SettlementWatch implements BeforeApplicationShutdown, OrderAudience {
  private readonly waiters = new Map<string, Set<Waiter>>();
  private isLooking = false;
  private isLookDue = false;
  private isClosed = false;

  /** @param isTold whether {@link tell} is called for (almost) every change, whichever process makes it */
  constructor(
    private readonly orders: Pick<OrderReader, 'findSettled'>,
    private readonly isTold = false,
  ) {}

  /**
   * Resolves with the order when it is settled; with `undefined` when the time is over, the reader is gone or the process
   * stops. While the database is away the wait goes on.
   */
  wait(id: string, waitMs: number, readerGone: AbortSignal): Promise<OrderView | undefined> {
    if (this.isClosed || readerGone.aborted) return Promise.resolve(undefined);
    return new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        readerGone.removeEventListener('abort', giveUp);
        this.remove(id, waiter);
      };
      const waiter: Waiter = {
        answer: (order) => {
          end();
          resolve(order);
        },
        fail: (error) => {
          end();
          reject(error instanceof Error ? error : new Error(String(error)));
        },
      };
      const giveUp = (): void => waiter.answer(undefined);
      const timer = setTimeout(giveUp, waitMs);
      readerGone.addEventListener('abort', giveUp, { once: true });
      this.add(id, waiter);
    });
  }

  awaits(id: string): boolean {
    return this.waiters.has(id);
  }

  /** Answers those who wait for one of these orders; for who began to wait just before the commit, it looks soon. */
  tell(orders: readonly OrderView[], ids: readonly string[]): void {
    if (this.waiters.size === 0) return;
    for (const order of orders) if (isSettled(order.state)) this.answer(order);
    if (ids.some((id) => this.waiters.has(id))) this.isLookDue = true;
  }

  /** Answers all that wait, so that they do not hold up the shutdown. */
  beforeApplicationShutdown(): void {
    this.isClosed = true;
    for (const { answer } of this.all()) answer(undefined);
  }

  private add(id: string, waiter: Waiter): void {
    const waiters = this.waiters.get(id) ?? new Set<Waiter>();
    this.waiters.set(id, waiters.add(waiter));
    this.isLookDue = true;
    if (!this.isLooking) void this.lookWhileSomebodyWaits();
  }

  private remove(id: string, waiter: Waiter): void {
    const waiters = this.waiters.get(id);
    waiters?.delete(waiter);
    if (waiters?.size === 0) this.waiters.delete(id);
  }

  private answer(order: OrderView): void {
    for (const { answer } of [...(this.waiters.get(order.id) ?? [])]) answer(order);
  }

  private all(): Waiter[] {
    return [...this.waiters.values()].flatMap((waiters) => [...waiters]);
  }

  private async lookWhileSomebodyWaits(): Promise<void> {
    this.isLooking = true;
    for (let skipped = 0; this.waiters.size > 0; skipped++) {
      if (this.isLookDue || !this.isTold || skipped > LOOKS_SKIPPED_WHEN_TOLD) {
        this.isLookDue = false;
        skipped = 0;
        await this.look();
      }
      await sleep(POLL_INTERVAL_MS);
    }
    this.isLooking = false;
  }

  private async look(): Promise<void> {
    try {
      for (const order of await this.orders.findSettled([...this.waiters.keys()])) this.answer(order);
    } catch (error) {
      if (error instanceof UnavailableError) return;
      for (const { fail } of this.all()) fail(error);
    }
  }
}
