import type { ShopClient } from '@looseleaf/replay';
import { orderBody, type LoadPlan } from '../k6/plan.js';
import type { SentOrder } from '../run-k6/journal.js';

const BATCH = 500;

type Result = { readonly id: string; readonly state: 'accepted' } | { readonly code: string };

/**
 * Sends orders whose answer never came once more, under their keys, as a customer would: it is the same order, whether it
 * was taken the first time or not, and its answer names it. Writes ids and refusals into the orders.
 * @throws ShopError
 */
export async function sendUnansweredAgain(
  shop: ShopClient,
  plan: Pick<LoadPlan, 'customerId'>,
  sent: ReadonlyMap<string, SentOrder>,
): Promise<void> {
  const unanswered = [...sent].filter(
    ([, { id, refusal, lines }]) => id === undefined && refusal === undefined && lines !== undefined,
  );
  for (let from = 0; from < unanswered.length; from += BATCH) {
    const batch = unanswered.slice(from, from + BATCH);
    const entries = batch.map(([key, { lines }]) => ({ ...orderBody(plan, lines!), idempotencyKey: key }));
    const { items } = await shop.post<{ items: Result[] }>('/v1/orders/batch', JSON.stringify(entries));
    for (const [index, result] of items.entries()) {
      const order = batch[index]![1];
      if ('id' in result) order.id = result.id;
      else order.refusal = result.code;
    }
  }
}
