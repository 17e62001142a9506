import { randomBytes } from 'node:crypto';
import type { BrokerConfig } from '@looseleaf/backing-services';
import type { Account } from './account/account.js';
import { type Ledger, openLedger } from './account/ledger.js';
import { Progress } from './report/progress.js';
import { composeReport, type ReplayReport } from './report/replay-report.js';
import { HttpClient } from './send/http-client.js';
import { PersistentCaller } from './send/persistent-caller.js';
import type { SendLog } from './send/send-log.js';
import { sendTrade } from './send/send-trade.js';
import { loadStock } from './stock/load-stock.js';
import { planTrade } from './trade/plan-trade.js';
import type { TradePlan } from './trade/trade-plan.js';

/** A running shop; what `readShop` of the launcher answers fits. */
export interface ShopAccess {
  readonly webUrl: string;
  readonly operatorKey: string;
  /** For a role that may read everything. */
  databaseUrl(database: 'orders' | 'inventory'): string;
  readonly broker: BrokerConfig;
}

export interface ReplayOptions {
  /** CSV, gzipped when the name ends in `.gz`. */
  readonly file: string;
  /** First and last day, `YYYY-MM-DD`, both included. */
  readonly from?: string;
  readonly to?: string;
  /** Orders a second; undefined: flat out. */
  readonly ratePerSecond?: number;
  /** `api`: orders are sent ready-made; `cart`: customers fill carts and check out. */
  readonly via: 'api' | 'cart';
  /** Orders in a request; a cart is one order. */
  readonly batchSize: number;
  /** Requests under way at the same time. */
  readonly concurrency: number;
  /** Stock to load, as a share of the demand; undefined: leave the stock as it is. */
  readonly stockFactor?: number;
  readonly checkPrices: boolean;
  /** How long to repeat a request that gets no lasting answer, and to wait for orders of which none settles. */
  readonly patienceMs: number;
  /** Called when the stock is loaded, before the first order is sent. */
  onSending?(): void;
}

/**
 * Runs a file of trade through a shop: reads it, loads stock, sends orders and cancellations, waits until all are final,
 * and accounts for each by the databases.
 * @throws ReplayError when it cannot run; what goes wrong with orders is in the report
 */
export async function replay(shop: ShopAccess, options: ReplayOptions): Promise<ReplayReport> {
  const runId = randomBytes(6).toString('hex');
  const plan = await planTrade(options.file, options);
  const client = new HttpClient(shop.webUrl, options.concurrency);
  try {
    const stockRows = await stockUp(shop, plan, client, runId, options);
    const ledger = await openLedger({
      orders: shop.databaseUrl('orders'),
      inventory: shop.databaseUrl('inventory'),
      broker: shop.broker,
    });
    try {
      options.onSending?.();
      const startedAtMs = Date.now();
      const caller = new PersistentCaller(client, options.patienceMs);
      const progress = new Progress('orders sent', plan.orders);
      const log = await sendTrade(plan.steps, { ...options, caller, runId, progress });
      progress.finish();
      const account = await audit(ledger, log, options.patienceMs);
      return composeReport({
        runId,
        file: options.file,
        plan,
        stockRows,
        startedAtMs,
        log,
        retries: caller.retries,
        account,
      });
    } finally {
      await ledger.close();
    }
  } finally {
    client.close();
  }
}

async function stockUp(
  { operatorKey }: ShopAccess,
  { catalogue }: TradePlan,
  client: HttpClient,
  runId: string,
  { stockFactor, patienceMs }: ReplayOptions,
): Promise<number> {
  if (stockFactor === undefined) return 0;
  const progress = new Progress('stock loaded', catalogue.length * 3);
  const caller = new PersistentCaller(client, patienceMs);
  const rows = await loadStock({
    caller,
    operatorKey,
    runId,
    items: catalogue,
    factor: stockFactor,
    stallMs: patienceMs,
    progress,
  });
  progress.finish(rows);
  return rows;
}

async function audit(ledger: Ledger, log: SendLog, patienceMs: number): Promise<Account> {
  const { cancelledIds } = log;
  const acceptedIds = [...log.fates.values()].flatMap((fate) => (fate.kind === 'accepted' ? [fate.id] : []));
  const progress = new Progress('orders final', acceptedIds.length);
  const onProgress = (settled: number): void => progress.update(settled);
  await ledger.waitUntilSettled({ acceptedIds, cancelledIds, stallMs: patienceMs, onProgress });
  progress.finish();
  return ledger.takeAccount({ sent: log.sent(), cancelledIds });
}
