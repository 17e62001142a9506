import { setTimeout as sleep } from 'node:timers/promises';
import { ItemStore } from './item-store.js';
import { Staleness } from './staleness.js';
import { aSharedCache, type ItemNode, type Strategy } from './strategies.js';
import type { Operation } from './workload.js';

/** What became of the workload under a strategy. */
export interface StrategyResult {
  readonly strategy: string;
  readonly lesson: string;
  readonly reads: number;
  readonly writes: number;
  /** Reads that a cache answered. */
  readonly hitRate: number;
  readonly storeReadsPer1000: number;
  readonly sharedCacheReadsPer1000: number;
  /** Reads that were older than the last write that had been answered before they began. */
  readonly staleShare: number;
  readonly oldestStaleMs: number;
  readonly readP50Ms: number;
  readonly readP99Ms: number;
  readonly writeP50Ms: number;
}

/** Every call that was counted, by its duration; and what was found out of date. */
interface Tally {
  hits: number;
  stale: number;
  oldestStaleMs: number;
  readonly readMs: number[];
  readonly writeMs: number[];
}

export interface RunOptions {
  /** Of an empty database. */
  readonly url: string;
  readonly keys: number;
  readonly nodes: number;
  readonly workload: readonly Operation[];
  /** What begins before it is done, but not counted. */
  readonly warmUpMs: number;
}

/** Runs the workload at its own pace, however long the strategy takes for each call. */
export async function runStrategy(strategy: Strategy, options: RunOptions): Promise<StrategyResult> {
  const stores = Array.from({ length: options.nodes }, () => new ItemStore(options.url));
  try {
    await stores[0]!.create(options.keys);
    let sharedReads = 0;
    const shared = aSharedCache(() => (sharedReads += 1));
    const nodes = stores.map((store) => strategy.node(store, shared));
    const trips = (): Trips => ({ store: stores.reduce((sum, { reads }) => sum + reads, 0), shared: sharedReads });
    const staleness = new Staleness();
    const run = async (counted: boolean): Promise<Tally> => {
      const tally: Tally = { hits: 0, stale: 0, oldestStaleMs: 0, readMs: [], writeMs: [] };
      const part = options.workload.filter(({ atMs }) => atMs >= options.warmUpMs === counted);
      await paced(part, (operation) => perform(nodes[operation.node]!, operation, staleness, tally));
      return tally;
    };
    await run(false);
    const before = trips();
    const tally = await run(true);
    const after = trips();
    return resultOf(strategy, tally, { store: after.store - before.store, shared: after.shared - before.shared });
  } finally {
    await Promise.all(stores.map((store) => store.close()));
  }
}

interface Trips {
  readonly store: number;
  readonly shared: number;
}

/** Begins each operation when its time has come, and resolves when all have ended. */
async function paced(workload: readonly Operation[], begin: (operation: Operation) => Promise<void>): Promise<void> {
  const running: Promise<void>[] = [];
  const startedAt = performance.now() - (workload[0]?.atMs ?? 0);
  for (const operation of workload) {
    const aheadMs = startedAt + operation.atMs - performance.now();
    if (aheadMs > 0) await sleep(aheadMs);
    running.push(begin(operation));
  }
  await Promise.all(running);
}

async function perform(node: ItemNode, { kind, key }: Operation, staleness: Staleness, tally: Tally): Promise<void> {
  const beganAtMs = performance.now();
  if (kind === 'write') {
    const { version } = await node.write(key);
    const endedAtMs = performance.now();
    staleness.answered(key, version, endedAtMs);
    tally.writeMs.push(endedAtMs - beganAtMs);
    return;
  }
  const { value, status } = await node.read(key);
  tally.readMs.push(performance.now() - beganAtMs);
  if (!value) throw new Error(`${key} is not in the store`);
  if (status === 'hit') tally.hits += 1;
  const staleMs = staleness.ageMs(key, value.version, beganAtMs);
  if (staleMs === 0) return;
  tally.stale += 1;
  tally.oldestStaleMs = Math.max(tally.oldestStaleMs, staleMs);
}

function resultOf({ name, lesson }: Strategy, tally: Tally, trips: Trips): StrategyResult {
  const reads = tally.readMs.length;
  return {
    strategy: name,
    lesson,
    reads,
    writes: tally.writeMs.length,
    hitRate: tally.hits / reads,
    storeReadsPer1000: (trips.store / reads) * 1000,
    sharedCacheReadsPer1000: (trips.shared / reads) * 1000,
    staleShare: tally.stale / reads,
    oldestStaleMs: tally.oldestStaleMs,
    readP50Ms: percentile(tally.readMs, 0.5),
    readP99Ms: percentile(tally.readMs, 0.99),
    writeP50Ms: percentile(tally.writeMs, 0.5),
  };
}

/** The nearest rank. */
function percentile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.ceil(values.length * share) - 1] ?? 0;
}
