import type { BatchHandler, Delivery, Settlement } from '../broker.js';
import { MessagingError } from '../errors.js';
import { backOffMs } from './back-off.js';
import type { BrokerLogger } from './broker-logger.js';

/** Back-off of a message that failed without naming one. */
const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 30_000;

/** Runs the handler, if there is anything to handle; a handler that fails, or answers too few or too many, fails every delivery. */
export async function handleBatch(
  handler: BatchHandler,
  deliveries: readonly Delivery[],
  { logger, queue }: { readonly logger: BrokerLogger; readonly queue: string },
): Promise<readonly Settlement[]> {
  if (deliveries.length === 0) return [];
  try {
    const settlements = await handler(deliveries);
    if (settlements.length === deliveries.length) return settlements;
    throw new MessagingError(
      'HANDLER.SETTLEMENTS_MISSING',
      `the handler answered ${settlements.length} settlements for ${deliveries.length} deliveries`,
      false,
    );
  } catch (error) {
    logger.error({ err: error, queue }, 'the handler of a batch failed');
    return deliveries.map(() => ({ kind: 'failed', error }));
  }
}

/** @param attempts the failed one included */
export function redeliveryDelayMs({ delayMs }: Settlement & { kind: 'failed' }, attempts: number): number {
  return delayMs ?? backOffMs(attempts, FIRST_DELAY_MS, MAX_DELAY_MS);
}
