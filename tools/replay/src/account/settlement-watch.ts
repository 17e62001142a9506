import { setTimeout as sleep } from 'node:timers/promises';
import { errorText } from '@looseleaf/messaging';
import { ReplayError } from '../replay.error.js';
import { isFinal } from './books.js';
import { countMessagesLeft, readOrderStates } from './read-books.js';
import type { ShopDatabases } from './shop-databases.js';

const POLL_MS = 200;
/** Orders are worked off in the order of their coming, so it is enough to look at the oldest ones. */
const MAX_IDS_PER_LOOK = 5_000;

export interface SettleOptions {
  readonly acceptedIds: Iterable<string>;
  /** Orders whose cancellation was answered with 202. */
  readonly cancelledIds?: ReadonlySet<string>;
  /** The longest time in which no further order settles. */
  readonly stallMs: number;
  onProgress?(settled: number): void;
}

/** Polls until orders are final and queues are empty. One use. */
export class SettlementWatch {
  private readonly pending: Set<string>;
  private readonly total: number;
  private lastError: unknown;

  constructor(
    private readonly databases: ShopDatabases,
    private readonly options: SettleOptions,
  ) {
    this.pending = new Set(options.acceptedIds);
    this.total = this.pending.size;
  }

  async run(): Promise<boolean> {
    const isSettled =
      (await this.waitFor(() => this.lookAtOrders())) && (await this.waitFor(() => this.lookAtQueues()));
    if (!isSettled && this.lastError !== undefined) {
      throw new ReplayError('ACCOUNT.UNREADABLE', `the databases cannot be read: ${errorText(this.lastError)}`, {
        cause: this.lastError,
      });
    }
    return isSettled;
  }

  /** @param look answers whether all is done, or is merely moving */
  private async waitFor(look: () => Promise<'done' | 'moving' | 'resting'>): Promise<boolean> {
    let movedAt = performance.now();
    while (performance.now() - movedAt < this.options.stallMs) {
      const state = await this.tolerate(look);
      if (state === 'done') return true;
      if (state === 'moving') movedAt = performance.now();
      await sleep(POLL_MS);
    }
    return false;
  }

  /** The server may be away just then; the error is told when it lasts. */
  private async tolerate<State>(look: () => Promise<State>): Promise<State | 'resting'> {
    try {
      const state = await look();
      this.lastError = undefined;
      return state;
    } catch (error) {
      this.lastError = error;
      return 'resting';
    }
  }

  private async lookAtOrders(): Promise<'done' | 'moving' | 'resting'> {
    const before = this.pending.size;
    let isAnyPending = false;
    while (this.pending.size > 0 && !isAnyPending) {
      const ids = this.oldestPending();
      for (const order of await readOrderStates(this.databases, ids)) {
        if (isFinal(order, this.options.cancelledIds)) this.pending.delete(order.id);
      }
      isAnyPending = ids.some((id) => this.pending.has(id));
    }
    this.options.onProgress?.(this.total - this.pending.size);
    if (this.pending.size === 0) return 'done';
    return this.pending.size < before ? 'moving' : 'resting';
  }

  private oldestPending(): string[] {
    const ids: string[] = [];
    for (const id of this.pending) if (ids.push(id) === MAX_IDS_PER_LOOK) break;
    return ids;
  }

  /** Never merely moving: a shop in use always has messages, and waiting for a lull must end. */
  private async lookAtQueues(): Promise<'done' | 'resting'> {
    return (await countMessagesLeft(this.databases)) === 0 ? 'done' : 'resting';
  }
}
