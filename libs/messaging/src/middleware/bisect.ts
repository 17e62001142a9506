import type { BatchHandler, Delivery, Settlement } from '../broker.js';
import { BlockedGroups, settleInto, type Middleware } from './middleware.js';

/**
 * When a batch is rejected, halves it until the message to blame stands alone: `n` messages with one poisonous among them
 * cost at most `2·log2(n) + 1` calls, and the others are done.
 */
export function bisect(): Middleware {
  return async function split(batch: readonly Delivery[], next: BatchHandler): Promise<readonly Settlement[]> {
    try {
      return await next(batch);
    } catch (error) {
      if (batch.length <= 1) return batch.map(() => ({ kind: 'failed', error }));
      const settlements: Settlement[] = [];
      const blocked = new BlockedGroups();
      const indexes = [...batch.keys()];
      const middle = batch.length >> 1;
      const again: BatchHandler = (half) => split(half, next);
      await settleInto(settlements, batch, indexes.slice(0, middle), blocked, again);
      await settleInto(settlements, batch, indexes.slice(middle), blocked, again);
      return settlements;
    }
  };
}
