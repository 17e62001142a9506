import { ReplayError } from '../replay.error.js';
import { readTrade, type ReadOptions } from './read-trade.js';
import { type TradePlan, TradePlanner } from './trade-plan.js';

/**
 * Reads the file once, as a stream, and keeps only the orders of the chosen days: preparing them before the first one
 * is sent keeps the reading out of the measured latencies. A month of the data set takes about 10 MB.
 * @throws ReplayError `REPLAY.NO_ORDERS` when the chosen days hold none
 */
export async function planTrade(file: string, days: Pick<ReadOptions, 'from' | 'to'>): Promise<TradePlan> {
  const planner = new TradePlanner();
  const options = { ...days, onMalformed: planner.skipMalformed.bind(planner) };
  for await (const invoice of readTrade(file, options)) planner.add(invoice);
  const plan = planner.finish();
  if (plan.orders > 0) return plan;
  throw new ReplayError(
    'REPLAY.NO_ORDERS',
    `${file} holds no orders from ${days.from ?? 'its first day'} to ${days.to ?? 'its last'}`,
  );
}
