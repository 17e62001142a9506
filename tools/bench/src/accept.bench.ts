import { spawnShop } from '@looseleaf/launcher';
import { batchBodies, orderBodies } from './catalogue.js';
import { startChild } from './child.js';
import type { Figure } from './figure.js';
import { median, post, type LoadResult } from './load.js';

const CONNECTIONS = 64;
const BATCH_CONNECTIONS = 8;
const ORDERS_PER_BATCH = 100;
/** Kafka takes 110 µs of CPU for an order in its first seconds, and 53 when Java has compiled what it runs most. */
const WARM_UP_SECONDS = 20;

export interface AcceptOptions {
  readonly rounds: number;
  readonly seconds: number;
  /** As for `start`. */
  readonly broker: string;
}

/**
 * What accepting costs: the shop's web tier and broker against a bare route, in turn. The workers behind the queue are
 * stopped meanwhile (SIGSTOP), as on machines of their own: they would share the two cores and not the path.
 */
export async function benchAccept({ rounds, seconds, broker }: AcceptOptions): Promise<Figure[]> {
  const bare = await startChild<{ url: string }>('bare-route.main.js');
  const spawned = await spawnShop({ arguments: ['--broker', broker] });
  const workers = spawned
    .shop()
    .services.flatMap(({ name, process }) => (name === 'web' || !process ? [] : [process.pid]));
  try {
    for (const pid of workers) process.kill(pid, 'SIGSTOP');
    const { webUrl } = spawned.shop();
    const measure = (
      url: string,
      bodies: string[],
      connections: number,
      durationSeconds = seconds,
    ): Promise<LoadResult> => post({ url, bodies, connections, durationSeconds });
    const runs: { bare: LoadResult; single: LoadResult; batch: LoadResult }[] = [];
    const routes = {
      bare: `${bare.first.url}/v1/orders`,
      single: `${webUrl}/v1/orders`,
      batch: `${webUrl}/v1/orders/batch`,
    };
    const bodies = { single: orderBodies(), batch: batchBodies(ORDERS_PER_BATCH) };
    for (const url of [routes.bare, routes.single]) await measure(url, bodies.single, CONNECTIONS, WARM_UP_SECONDS);
    for (let round = 0; round < rounds; round += 1) {
      runs.push({
        bare: await measure(routes.bare, bodies.single, CONNECTIONS),
        single: await measure(routes.single, bodies.single, CONNECTIONS),
        batch: await measure(routes.batch, bodies.batch, BATCH_CONNECTIONS),
      });
    }
    return figuresOf(runs, broker);
  } finally {
    for (const pid of workers) process.kill(pid, 'SIGCONT');
    await spawned.stop();
    await bare.stop();
  }
}

function figuresOf(runs: { bare: LoadResult; single: LoadResult; batch: LoadResult }[], broker: string): Figure[] {
  const ratio = median(runs.map(({ bare, single }) => single.requestsPerSecond / bare.requestsPerSecond));
  const batchRatio = median(
    runs.map(({ single, batch }) => (batch.requestsPerSecond * ORDERS_PER_BATCH) / single.requestsPerSecond),
  );
  const each = (name: 'bare' | 'single' | 'batch'): number =>
    Math.round(median(runs.map((run) => run[name].requestsPerSecond)));
  const p99 = Math.round(median(runs.map(({ single }) => single.p99Ms)));
  return [
    {
      name: `accepting orders against a bare route, on ${broker}`,
      value: ratio,
      unit: '×',
      reach: '≥ 0.5',
      reached: ratio >= 0.5,
      detail: `${each('single')}/s against ${each('bare')}/s, p99 ${p99} ms`,
    },
    {
      name: `batches of ${ORDERS_PER_BATCH} against single orders, on ${broker}`,
      value: batchRatio,
      unit: '×',
      reach: '≥ 5',
      reached: batchRatio >= 5,
      detail: `${each('batch') * ORDERS_PER_BATCH} orders/s against ${each('single')}/s`,
    },
  ];
}
