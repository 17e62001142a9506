import { ample } from './catalogue.js';
import { CookieJar } from './cookie-jar.js';
import { NO_ANSWER } from './http-client.js';
import type { Calls } from './journal.js';
import type { Load } from './load.js';
import type { ShopClient } from './shop-client.js';
import type { TestShop } from './test-shop.js';
import { until } from './until.js';

/** Connections are opened and code is compiled meanwhile, so what is called then is not counted. */
const WARM_UP_MS = 1_500;
const BEFORE_MS = 1_000;
const BETWEEN_MS = 500;
const AFTER_MS = 1_000;
const LOOKS = 6;

/** Something that breaks, and comes back: by itself, or by `end`. */
export interface Outage {
  begin(): Promise<void> | void;
  end?(): Promise<void> | void;
  /** How long it lasts before `end`. */
  readonly lastsMs?: number;
  /** Looked at while it lasts. */
  meanwhile?(): Promise<void>;
}

/** What the callers saw before, during and after. */
export interface OutageReport {
  readonly before: Calls;
  /** From the break until the shop was whole again. */
  readonly during: Calls;
  readonly after: Calls;
  /** Calls that began and ended while it was surely broken. */
  readonly meanwhile: Calls;
  /** `performance.now()` as soon as it was surely broken. */
  readonly surelyBrokenAtMs: number;
}

/** Breaks something while orders flow, waits until the shop is whole again, and until every caller has an answer. */
export async function endure(shop: TestShop, outage: Outage): Promise<OutageReport> {
  const [report] = await endureInTurn(shop, [outage]);
  return report!;
}

/** The same with one thing after the other, under one load. What comes after the one is what was before the next. */
export async function endureInTurn(shop: TestShop, outages: readonly Outage[]): Promise<OutageReport[]> {
  const isCold = shop.ledger.loads === 0;
  const load = shop.startLoad();
  try {
    if (isCold) await load.forMs(WARM_UP_MS);
    const phases: Phases[] = [];
    let startedAtMs = performance.now();
    await load.forMs(BEFORE_MS);
    for (const outage of outages) {
      if (phases.length > 0) await load.forMs(BETWEEN_MS);
      const phase = await breakAndRestore(shop, load, outage, startedAtMs);
      phases.push(phase);
      startedAtMs = phase.wholeAtMs;
    }
    await load.forMs(AFTER_MS);
    await load.stop();
    return phases.map((phase, index) => reportOn(shop, phase, phases[index + 1]?.brokenAtMs));
  } finally {
    await load.stop();
  }
}

/** Times of `performance.now()`. */
interface Phases {
  readonly startedAtMs: number;
  readonly brokenAtMs: number;
  readonly surelyBrokenAtMs: number;
  readonly restoredAtMs: number;
  readonly wholeAtMs: number;
}

async function breakAndRestore(shop: TestShop, load: Load, outage: Outage, startedAtMs: number): Promise<Phases> {
  const brokenAtMs = performance.now();
  await outage.begin();
  const surelyBrokenAtMs = performance.now();
  let restoredAtMs: number;
  try {
    await Promise.all([load.forMs(outage.lastsMs ?? 0), outage.meanwhile?.()]);
  } finally {
    restoredAtMs = performance.now();
    await outage.end?.();
  }
  await untilWhole(shop);
  return { startedAtMs, brokenAtMs, surelyBrokenAtMs, restoredAtMs, wholeAtMs: performance.now() };
}

function reportOn({ journal }: TestShop, phases: Phases, nextBrokenAtMs = Infinity): OutageReport {
  const { startedAtMs, brokenAtMs, surelyBrokenAtMs, restoredAtMs, wholeAtMs } = phases;
  return {
    before: journal.endedBefore(brokenAtMs, startedAtMs),
    during: journal.underWay(brokenAtMs, wholeAtMs),
    meanwhile: journal.endedBefore(restoredAtMs, surelyBrokenAtMs),
    after: journal.endedBefore(nextBrokenAtMs, wholeAtMs),
    surelyBrokenAtMs,
  };
}

/** Every process is ready and every kind of call succeeds. */
export async function untilWhole(shop: TestShop): Promise<void> {
  let missing: readonly string[] = [];
  try {
    await until('the shop is whole again', async () => (missing = await whatIsMissing(shop)).length === 0);
  } catch (cause) {
    throw new Error(`the shop is not whole: ${missing.join(', ')}`, { cause });
  }
}

async function whatIsMissing(shop: TestShop): Promise<string[]> {
  const { services } = await shop.status();
  const unready = services.filter(({ state }) => state !== 'ready').map(({ name, state }) => `${name} is ${state}`);
  if (unready.length > 0) return unready;
  // On connections of their own, so that every replica of the web tier is asked: each finds out for itself who is back.
  const client = shop.newClient();
  try {
    const looks = Array.from({ length: LOOKS }, () => callsThatFail(client, shop.ledger.acceptedIds[0]!));
    return [...new Set((await Promise.all(looks)).flat())];
  } finally {
    client.close();
  }
}

async function callsThatFail(client: ShopClient, orderId: string): Promise<string[]> {
  const calls = {
    'list orders': client.listOrders('?limit=1'),
    'read items': client.readItems('?limit=5'),
    'read stock': client.readStock('?limit=1'),
    'read queues': client.readQueues(),
    'list subscriptions': client.listSubscriptions(),
    'change cart': client.changeCart(new CookieJar(), { sku: ample(0), quantity: 1 }),
  };
  const answers = await Promise.all(Object.entries(calls).map(async ([name, call]) => [name, await call] as const));
  const failed = answers
    .filter(([, { status }]) => status !== 200)
    .map(([name, { status, body }]) => `${name}: ${status === NO_ANSWER ? String(body) : status}`);
  const { headers } = await client.readOrder(orderId);
  return headers['looseleaf-served-by'] === 'orders' ? failed : [...failed, 'read order: not by orders'];
}
