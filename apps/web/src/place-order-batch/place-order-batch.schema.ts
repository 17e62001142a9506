import { z } from 'zod';
import { coded } from '../http/faults.js';
import { idempotencyKey } from '../http/idempotency-key.js';
import { orderRequest } from '../place-order/order-request.schema.js';

/** As many as a consumer takes at once. */
export const MAX_ORDERS_PER_BATCH = 500;

/** One entry of a batch: an order and, instead of the header, its key. */
export const batchEntry = orderRequest.extend({ idempotencyKey: idempotencyKey.optional() });

/** A batch whose entries are checked one by one, so that a faulty one spoils only itself. */
export const batchRequest = z
  .array(z.unknown())
  .min(1, coded('BATCH.EMPTY', 'a batch has at least one order'))
  .max(MAX_ORDERS_PER_BATCH, coded('BATCH.TOO_LARGE', `a batch has at most ${MAX_ORDERS_PER_BATCH} orders`));

/** What the documentation shows of the body. */
export const batchRequestView = z.array(batchEntry).min(1).max(MAX_ORDERS_PER_BATCH);
