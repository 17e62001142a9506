import { randomBytes } from 'node:crypto';
import { k6Program, obtain } from '@looseleaf/infra';
import { Progress, ShopClient } from '@looseleaf/replay';
import { audit } from './account/audit.js';
import { accountForFiles } from './account/file-account.js';
import { readGoodsOnSale } from './goods/goods-on-sale.js';
import { stockGoods, type OwnGoods } from './goods/own-goods.js';
import type { Item, LoadPlan } from './k6/plan.js';
import { LoadError } from './load.error.js';
import { composeReport, type LoadReport } from './report/load-report.js';
import { Journal } from './run-k6/journal.js';
import { runK6, type K6Run } from './run-k6/run-k6.js';
import { amountOf } from './scenarios/amount.js';
import { k6Options } from './scenarios/k6-options.js';
import { SCENARIOS, type Scenario, type ScenarioName } from './scenarios/scenario.js';
import { checkAddress } from './shop/address.js';

const ROWS_PER_FILE = 5_000;
const DEFAULT_PATIENCE_MS = 120_000;
/** Nobody wants to wait for long to hear that there is no shop. */
const PREPARING_PATIENCE_MS = 5_000;

export interface LoadOptions {
  /** Of the web tier. */
  readonly address: string;
  /** Load on a shop that is not on this machine is meant. */
  readonly isRemoteMeant?: boolean;
  /** Without it no stock is loaded: customers buy what the shop has, and the stock is not compared. */
  readonly operatorKey?: string;
  /** Arrivals a second; default: the scenario's. */
  readonly ratePerSecond?: number;
  readonly durationSeconds?: number;
  /** Limits; default: the scenario's, and no request may fail. */
  readonly p95Ms?: number;
  /** Of all requests, 0 to 1. */
  readonly maxFailedShare?: number;
  /** The longest time, after the load, in which no order becomes final or the shop does not answer. Default: 2 minutes. */
  readonly patienceMs?: number;
  /** Ends the load early; what was sent is accounted for. */
  readonly signal?: AbortSignal;
}

/**
 * Puts load on a shop and accounts for every order by what the shop itself shows.
 * @throws LoadError when it cannot be made: `LOAD.ADDRESS`, `LOAD.REMOTE_NOT_NAMED`, `LOAD.TOO_MUCH`,
 *   `LOAD.OPERATOR_KEY_MISSING`, `LOAD.INTERRUPTED`, …; what goes wrong under load is in the report
 * @throws ShopError when the shop cannot be prepared, or not be asked afterwards: `SHOP.AWAY`, `SHOP.REFUSED`, …
 * @throws InfrastructureError `PROGRAM.UNAVAILABLE` when k6 cannot be had
 */
export async function load(name: ScenarioName, options: LoadOptions): Promise<LoadReport> {
  const scenario: Scenario = SCENARIOS[name];
  const { operatorKey, patienceMs = DEFAULT_PATIENCE_MS, signal = new AbortController().signal } = options;
  const webUrl = checkAddress(options.address, options.isRemoteMeant === true);
  const amount = amountOf(scenario, options);
  const limits = { p95Ms: options.p95Ms ?? scenario.p95Ms, maxFailedShare: options.maxFailedShare ?? 0 };
  const program = await obtain(k6Program, (text) => process.stderr.write(`${text}\n`));
  const runId = randomBytes(4).toString('hex');
  const customerId = `load-${runId}`;
  const orders = scenario.arrivals === 'files' ? 0 : amount.arrivals;
  const idle = new ShopClient({ webUrl, operatorKey, patienceMs: PREPARING_PATIENCE_MS });
  const { items, goods } = await findGoods(idle, runId, scenario, orders);
  const plan: LoadPlan = {
    webUrl,
    runId,
    customerId,
    items,
    maxLines: scenario.maxLines,
    rowsPerFile: ROWS_PER_FILE,
    options: k6Options(scenario, amount, limits),
    ...(scenario.arrivals === 'files' && { operatorKey: operatorKey! }),
  };
  if (signal.aborted) throw new LoadError('LOAD.INTERRUPTED', 'interrupted before any load was made');
  const startedAt = new Date();
  const journal = new Journal();
  const run = await watchedRun(program, plan, journal, { scenario, arrivals: amount.arrivals, signal });
  const isInterrupted = signal.aborted;
  const shop = new ShopClient({ webUrl, operatorKey, patienceMs });
  const account = await audit(shop, journal, { customerId, stallMs: patienceMs, ...(goods && { goods }) });
  const files = scenario.arrivals === 'files' ? await accountForFiles(shop, journal.files) : undefined;
  return composeReport({ name, webUrl, runId, startedAt, amount, isInterrupted, run, journal, account, files });
}

/** What the customers buy. @throws LoadError `LOAD.OPERATOR_KEY_MISSING` */
async function findGoods(
  shop: ShopClient,
  runId: string,
  { arrivals }: Scenario,
  orders: number,
): Promise<{ items: readonly Item[]; goods?: OwnGoods }> {
  if (arrivals === 'files') {
    if (shop.isOperator) return { items: [] };
    throw new LoadError('LOAD.OPERATOR_KEY_MISSING', 'stock files need the operator key: give it in OPERATOR_KEY');
  }
  if (!shop.isOperator) return { items: await readGoodsOnSale(shop) };
  const goods = await stockGoods(shop, runId, orders);
  return { items: goods.items, goods };
}

interface Watch {
  readonly scenario: Scenario;
  readonly arrivals: number;
  readonly signal: AbortSignal;
}

/** Runs k6, writes the journal and shows how far it is. */
async function watchedRun(program: string, plan: LoadPlan, journal: Journal, watch: Watch): Promise<K6Run> {
  const { arrivals } = watch.scenario;
  // Not every customer buys.
  const progress = new Progress(arrivals === 'files' ? 'files sent' : 'orders sent', watch.arrivals);
  const run = await runK6({
    program,
    plan,
    signal: watch.signal,
    onRecord: (record) => {
      journal.add(record);
      progress.update(arrivals === 'files' ? journal.files.size : journal.orders.size);
    },
  });
  progress.finish();
  return run;
}
