import { orderBody, type LoadPlan } from '../k6/plan.js';
import type { SentOrder } from '../run-k6/journal.js';
import type { ShopClient } from '../shop/shop-client.js';

const BATCH = 500;

type Result = { readonly id: string; readonly state: 'accepted' } | { readonly code: string };

/**
 * Sends orders whose answer never came once more, under their keys, as a customer would: it is the same order, whether it
 * was taken the first time or not, and its answer names it. Writes ids and refusals into the orders.
 * @returns how many were sent again
 */
export async function sendUnansweredAgain(
  shop: ShopClient,
  plan: Pick<LoadPlan, 'customerId'>,
  sent: ReadonlyMap<string, SentOrder>,
): Promise<number> {
  const unanswered = [...sent].filter(
    ([, { id, refusal, lines }]) => id === undefined && refusal === undefined && lines !== undefined,
  );
  for (let from = 0; from < unanswered.length; from += BATCH) {
    const batch = unanswered.slice(from, from + BATCH);
    const entries = batch.map(([key, { lines }]) => ({ ...orderBody(plan, lines!), idempotencyKey: key }));
    const { status, body } = await shop.post<Result[]>('/v1/orders/batch', JSON.stringify(entries));
    if (status !== 202) throw new Error(`a batch of orders was answered with ${status} ${JSON.stringify(body)}`);
    for (const [index, result] of body.entries()) {
      const order = batch[index]![1];
      if ('id' in result) order.id = result.id;
      else order.refusal = result.code;
    }
  }
  return unanswered.length;
}
