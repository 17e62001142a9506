import { setTimeout as sleep } from 'node:timers/promises';
import { spawnShop, type RunningShop } from '@looseleaf/launcher';
import { orderBodies } from './catalogue.js';
import type { Figure } from './figure.js';
import { median, post } from './load.js';

const ORDERS_PER_SECOND = 200;
const CONNECTIONS = 32;
const SETTLE_MS = 1_000;

/** What stands still, and what the shop then has to do without. */
const OUTAGES: Readonly<Record<string, (shop: RunningShop) => number[]>> = {
  orders: (shop) => pidsOf(shop, 'orders'),
  inventory: (shop) => pidsOf(shop, 'inventory'),
  PostgreSQL: ({ postgres }) => [postgres.pid],
};

/**
 * How long accepting an order takes at a steady rate while a part behind the queue stands still (SIGSTOP: it answers
 * nothing, and refuses nothing), against none, in turn. On Kafka, as the embedded broker needs PostgreSQL itself.
 */
export async function benchOutage({ rounds, seconds }: { rounds: number; seconds: number }): Promise<Figure[]> {
  const spawned = await spawnShop({ arguments: ['--broker', 'kafka'] });
  const bodies = orderBodies();
  const measure = async (durationSeconds = seconds): Promise<number> => {
    const url = `${spawned.shop().webUrl}/v1/orders`;
    const load = { url, bodies, connections: CONNECTIONS, durationSeconds, requestsPerSecond: ORDERS_PER_SECOND };
    return (await post(load)).p99Ms;
  };
  try {
    await measure();
    const pairs: Record<string, { none: number; outage: number }[]> = {};
    for (let round = 0; round < rounds; round += 1) {
      for (const [name, pidsOf] of Object.entries(OUTAGES)) {
        const none = await measure();
        const outage = await during(pidsOf(spawned.shop()), measure);
        (pairs[name] ??= []).push({ none, outage });
        await sleep(SETTLE_MS);
      }
    }
    return Object.entries(pairs).map(([name, of]) => figureOf(name, of));
  } finally {
    await spawned.stop();
  }
}

async function during(pids: readonly number[], measure: () => Promise<number>): Promise<number> {
  for (const pid of pids) process.kill(pid, 'SIGSTOP');
  try {
    return await measure();
  } finally {
    for (const pid of pids) process.kill(pid, 'SIGCONT');
  }
}

function pidsOf({ services }: RunningShop, wanted: string): number[] {
  return services.flatMap(({ name, process }) => (name === wanted && process ? [process.pid] : []));
}

function figureOf(name: string, pairs: readonly { none: number; outage: number }[]): Figure {
  const value = median(pairs.map(({ none, outage }) => outage / none));
  const each = (which: 'none' | 'outage'): string => `${median(pairs.map((pair) => pair[which])).toFixed(1)} ms`;
  return {
    name: `p99 of accepting while ${name} is away, against no outage`,
    value,
    unit: '×',
    reach: '≤ 1.2',
    reached: value <= 1.2,
    detail: `${each('outage')} against ${each('none')}, at ${ORDERS_PER_SECOND} orders/s`,
  };
}
