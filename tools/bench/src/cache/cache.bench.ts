import { startTestPostgres } from '@looseleaf/infra';
import type { Figure, Findings } from '../figure.js';
import { formatTable } from '../table.js';
import { measureRedisHits, type RedisHits } from './redis-hit.js';
import { runStrategy, type StrategyResult } from './run-strategy.js';
import { STRATEGIES } from './strategies.js';
import { makeWorkload } from './workload.js';

const KEYS = 1_000;
const NODES = 2;
const PER_SECOND = 1_000;
const WRITE_SHARE = 0.1;
const WARM_UP_MS = 1_000;
const HIT_ROUNDS = 500;

export interface CacheBenchOptions {
  /** Of the random numbers: the same seed is the same workload. */
  readonly seed: number;
  /** How long each strategy runs, after a second to warm up. */
  readonly cacheSeconds: number;
}

/**
 * What each caching strategy makes of the same reads and writes: two nodes of an application, each with its own connections
 * to one PostgreSQL, a cache that they share, and popularity by Zipf's law.
 */
export async function benchCache({ seed, cacheSeconds }: CacheBenchOptions): Promise<Findings> {
  const workload = makeWorkload({
    seed,
    durationMs: WARM_UP_MS + cacheSeconds * 1000,
    perSecond: PER_SECOND,
    writeShare: WRITE_SHARE,
    keys: KEYS,
    exponent: 1,
    nodes: NODES,
  });
  const postgres = await startTestPostgres();
  try {
    const strategies: StrategyResult[] = [];
    for (const [index, strategy] of STRATEGIES.entries()) {
      const url = await postgres.createDatabase(`strategy_${index}`);
      strategies.push(await runStrategy(strategy, { url, keys: KEYS, nodes: NODES, workload, warmUpMs: WARM_UP_MS }));
    }
    const figures = [...hitFigures(await measureRedisHits(HIT_ROUNDS)), ...staleFigures(strategies)];
    return { figures, text: formatStrategies(strategies) };
  } finally {
    await postgres.stop();
  }
}

function hitFigures(hits: RedisHits): Figure[] {
  const { plainMicroseconds, cacheMicroseconds, plainBusyMicroseconds, cacheBusyMicroseconds, nearMicroseconds } = hits;
  const ratio = cacheMicroseconds / plainMicroseconds;
  const micros = (value: number): string => value.toFixed(1);
  return [
    {
      name: 'Redis hit through circuit and adapter against a plain ioredis GET',
      value: ratio,
      unit: '× latency',
      reach: '≤ 1.15',
      reached: ratio <= 1.15,
      detail: `${micros(cacheMicroseconds)} µs against ${micros(plainMicroseconds)} µs; with 16 readers at once ${micros(cacheBusyMicroseconds)} against ${micros(plainBusyMicroseconds)}`,
      data: hits,
    },
    {
      name: 'near-cache hit through the port',
      value: nearMicroseconds,
      unit: 'µs',
      reach: '≤ 5 µs',
      reached: nearMicroseconds <= 5,
      detail: `in front of Redis, hearing of changes; median of ${HIT_ROUNDS} means of 160 reads`,
    },
  ];
}

function staleFigures(strategies: readonly StrategyResult[]): Figure[] {
  const writeThrough = strategies.find(({ strategy }) => strategy === 'write-through')!;
  const stale = writeThrough.staleShare * 100;
  return [
    {
      name: 'stale reads with write-through',
      value: stale,
      unit: '%',
      reach: '0 %',
      reached: stale === 0,
      detail: `${writeThrough.reads} reads, ${writeThrough.writes} writes on ${NODES} nodes`,
      data: strategies,
    },
  ];
}

/** The strategies side by side, and what to learn from each. */
export function formatStrategies(strategies: readonly StrategyResult[]): string {
  const { reads, writes } = strategies[0]!;
  const rows = strategies.map((result) => [
    result.strategy,
    percent(result.hitRate),
    result.storeReadsPer1000.toFixed(0),
    result.sharedCacheReadsPer1000.toFixed(0),
    percent(result.staleShare),
    result.staleShare > 0 ? `${result.oldestStaleMs.toFixed(0)} ms` : '-',
    milliseconds(result.readP50Ms),
    milliseconds(result.readP99Ms),
    milliseconds(result.writeP50Ms),
  ]);
  const header = ['strategy', 'hits', 'store', 'shared', 'stale', 'oldest', 'read p50', 'p99', 'write p50'];
  return [
    `The same ${reads} reads and ${writes} writes of ${KEYS} items (Zipf) for each strategy, on ${NODES} nodes with one PostgreSQL:`,
    '',
    formatTable(header, rows),
    '',
    'store, shared: trips to PostgreSQL and to the shared cache for 1,000 reads. stale: reads that were older than a write',
    'which had been answered before they began; oldest: by how much at most. The shared cache is in this process here: with',
    'Redis, each trip to it costs a network round trip, which is what the near cache saves.',
    '',
    ...strategies.map(({ strategy, lesson }) => `${strategy}: ${lesson}.`),
  ].join('\n');
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

function milliseconds(ms: number): string {
  return `${ms.toFixed(ms < 1 ? 3 : 1)} ms`;
}
