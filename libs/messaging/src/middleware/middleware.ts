import type { BatchHandler, Delivery, Settlement } from '../broker.js';

/** Wraps the handling of a batch. It answers one settlement for each delivery it was given, in their order. */
export type Middleware = (batch: readonly Delivery[], next: BatchHandler) => Promise<readonly Settlement[]>;

/** Puts middleware around a handler; the first of the list is the outermost. */
export function compose(middleware: readonly Middleware[], innermost: BatchHandler): BatchHandler {
  return middleware.reduceRight<BatchHandler>((next, wrap) => (batch) => wrap(batch, next), innermost);
}

/** The settlement of a delivery that was not tried because an earlier message of its group is not done. */
const HELD_BACK: Settlement = Object.freeze({ kind: 'released', delayMs: 0 });

/** Remembers the groups whose earlier messages are not done, so that their later ones are held back. */
export class BlockedGroups {
  private readonly keys = new Set<string>();

  has(delivery: Delivery): boolean {
    return delivery.message.groupKey !== undefined && this.keys.has(delivery.message.groupKey);
  }

  note(delivery: Delivery, settlement: Settlement): void {
    if (settlement.kind !== 'done' && delivery.message.groupKey !== undefined) this.keys.add(delivery.message.groupKey);
  }
}

/**
 * Hands the deliveries at `indexes` to `next`, except those whose group is blocked, and writes the settlements into
 * `settlements` at the same indexes.
 */
export async function settleInto(
  settlements: Settlement[],
  batch: readonly Delivery[],
  indexes: readonly number[],
  blocked: BlockedGroups,
  next: BatchHandler,
): Promise<void> {
  const free: number[] = [];
  for (const index of indexes) {
    if (blocked.has(batch[index]!)) settlements[index] = HELD_BACK;
    else free.push(index);
  }
  if (free.length === 0) return;
  const answers = await next(free.map((index) => batch[index]!));
  free.forEach((index, position) => {
    settlements[index] = answers[position]!;
    blocked.note(batch[index]!, answers[position]!);
  });
}
