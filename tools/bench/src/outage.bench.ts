import { eventually } from '@looseleaf/infra';
import { spawnShop, type RunningShop } from '@looseleaf/launcher';
import { percentiles, ShopClient } from '@looseleaf/replay';
import { orderBodies } from './catalogue.js';
import type { Figure } from './figure.js';
import { median } from './load.js';
import { pidsBelow } from './process-figures.js';
import { postSteadily } from './steady-load.js';

/** Two cores can do it with everything running: what is measured is the wait for what is away, not for a processor. */
const ORDERS_PER_SECOND = 50;
const CONNECTIONS = 32;
const WARM_UP_SECONDS = 20;
const DRAINED_MS = 60_000;
const LOOK_EVERY_MS = 250;

/** What stands still, and what the shop then has to do without. */
const OUTAGES: Readonly<Record<string, (shop: RunningShop) => number[]>> = {
  orders: (shop) => pidsOf(shop, 'orders'),
  inventory: (shop) => pidsOf(shop, 'inventory'),
  PostgreSQL: ({ postgres }) => [postgres.pid],
};

/**
 * How long accepting an order takes at a steady rate while a part behind the queue stands still (SIGSTOP: it answers
 * nothing, and refuses nothing), against none, in turn, and each time with empty queues. Medians of the p99 of the rounds, as a
 * machine that stops for a moment spoils one round and says nothing of the outage. On Kafka, as the embedded broker needs
 * PostgreSQL itself.
 */
export async function benchOutage({ rounds, seconds }: { rounds: number; seconds: number }): Promise<Figure[]> {
  const spawned = await spawnShop({ arguments: ['--broker', 'kafka'] });
  const bodies = orderBodies();
  /** @returns the p99, in ms */
  const measure = async (durationSeconds = seconds): Promise<number> => {
    const { webUrl } = spawned.shop();
    const rate = { connections: CONNECTIONS, durationSeconds, requestsPerSecond: ORDERS_PER_SECOND };
    return percentiles(await postSteadily({ webUrl, path: '/v1/orders', bodies, ...rate })).p99;
  };
  try {
    await measure(WARM_UP_SECONDS);
    const withoutMs: number[] = [];
    const duringMs: Record<string, number[]> = {};
    for (let round = 0; round < rounds; round += 1) {
      for (const [name, pidsOf] of Object.entries(OUTAGES)) {
        await untilDrained(spawned.shop());
        withoutMs.push(await measure());
        await untilDrained(spawned.shop());
        (duringMs[name] ??= []).push(await during(pidsOf(spawned.shop()), measure));
      }
    }
    return Object.entries(duringMs).map(([name, outageMs]) => figureOf(name, median(outageMs), median(withoutMs)));
  } finally {
    await spawned.stop();
  }
}

async function during(roots: readonly number[], measure: () => Promise<number>): Promise<number> {
  // PostgreSQL is a process for each connection.
  const pids = await pidsBelow(roots);
  for (const pid of pids) process.kill(pid, 'SIGSTOP');
  try {
    return await measure();
  } finally {
    for (const pid of pids) process.kill(pid, 'SIGCONT');
  }
}

async function untilDrained({ webUrl, operatorKey }: RunningShop): Promise<void> {
  const client = new ShopClient({ webUrl, operatorKey, patienceMs: DRAINED_MS });
  await eventually(
    async () => {
      const { items } = await client.get<{ items: { depth: number; inFlight: number }[] }>('/v1/queues');
      const waiting = items.reduce((sum, { depth, inFlight }) => sum + depth + inFlight, 0);
      if (waiting > 0) throw new Error(`${waiting} messages still wait after ${DRAINED_MS} ms`);
    },
    DRAINED_MS,
    LOOK_EVERY_MS,
  );
}

function pidsOf({ services }: RunningShop, wanted: string): number[] {
  return services.flatMap(({ name, process }) => (name === wanted && process ? [process.pid] : []));
}

function figureOf(name: string, outageMs: number, noneMs: number): Figure {
  const value = outageMs / noneMs;
  return {
    name: `p99 of accepting while ${name} is away, against no outage`,
    value,
    unit: '×',
    reach: '≤ 1.2',
    reached: value <= 1.2,
    detail: `${outageMs.toFixed(1)} ms against ${noneMs.toFixed(1)} ms, at ${ORDERS_PER_SECOND} orders/s`,
  };
}
