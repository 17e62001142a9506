import exec from 'k6/execution';
import { browseAndBuy } from './browse-and-buy.js';
import { chooseLines } from './choose.js';
import { get, placeOrder, plan } from './http-calls.js';
import { SUMMARY_VARIABLE } from './plan.js';
import { sendStockFile } from './stock-file.js';

/** What k6 runs. Scenarios and thresholds are in the plan; each function is one customer, from arrival to departure. */
export const options = plan.options;

/** Unique in the run. */
const nextKey = (): string => `load:${plan.runId}:${exec.scenario.iterationInTest}`;

/** Everything that an order needs, once. */
export function smoke(): void {
  get('list items', '/v1/items?limit=50');
  get('read item', `/v1/items/${encodeURIComponent(plan.items[0]!.sku)}`);
  const id = placeOrder(nextKey(), chooseLines(plan.items, plan.maxLines));
  if (id !== undefined) get('wait until final', `/v1/orders/${id}`, { prefer: 'wait=10' });
}

/** Nothing but the order. */
export function acceptOnly(): void {
  placeOrder(nextKey(), chooseLines(plan.items, plan.maxLines));
}

export function customer(): void {
  browseAndBuy(nextKey());
}

export function stockFile(): void {
  sendStockFile();
}

export function handleSummary(summary: object): Record<string, string> {
  return { [__ENV[SUMMARY_VARIABLE]!]: JSON.stringify(summary) };
}
