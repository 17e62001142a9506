import { Injectable } from '@nestjs/common';
import { jsonPointer, ProblemError, type Problem } from '@looseleaf/service-kit';
import { invalid } from '../http/faults.js';
import { PlaceOrders, type Draft } from '../place-order/place-orders.js';
import { batchEntry } from './place-order-batch.schema.js';

/** What became of an entry: the answer that it would have got on its own. */
export type BatchResult = { readonly id: string; readonly state: 'accepted'; readonly acceptedAt: string } | Problem;

/** Takes many orders with one write to the queue. */
@Injectable()
export class PlaceOrderBatch {
  constructor(private readonly orders: PlaceOrders) {}

  /**
   * Resolves when every valid order is durable, with one result an entry, in order.
   * @param caller whose the entries' idempotency keys are
   * @throws UnavailableError the broker refuses; then nothing was accepted
   */
  async place(entries: readonly unknown[], caller: string): Promise<BatchResult[]> {
    const byId = new Map<string, Draft>();
    const results = entries.map((entry, index) => this.#draft(entry, index, caller, byId));
    const unsent = [...byId.values()].filter(({ message }) => message);
    if (unsent.length > 0) await this.orders.send(unsent);
    // Some may be on their way on behalf of another request.
    await Promise.all([...byId.values()].flatMap(({ sending }) => sending ?? []));
    return results.map((result) => {
      if (result instanceof ProblemError) return result.toProblem();
      const { id, acceptedAt } = result.order;
      return { id, state: 'accepted', acceptedAt };
    });
  }

  #draft(entry: unknown, index: number, caller: string, byId: Map<string, Draft>): Draft | ProblemError {
    const parsed = batchEntry.safeParse(entry);
    if (!parsed.success) return invalid(parsed.error.issues, (path) => jsonPointer([index, ...path]));
    const { idempotencyKey: key } = parsed.data;
    try {
      const draft = this.orders.draft(parsed.data, key === undefined ? undefined : { caller, key }, byId);
      byId.set(draft.order.id, draft);
      return draft;
    } catch (error) {
      if (error instanceof ProblemError) return error;
      throw error;
    }
  }
}
