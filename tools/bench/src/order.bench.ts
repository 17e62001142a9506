import { setTimeout as sleep } from 'node:timers/promises';
import type { BrokerConfig } from '@looseleaf/backing-services';
import { spawnShop, type SpawnedShop } from '@looseleaf/launcher';
import { loadStock, orderBodies } from './catalogue.js';
import { startChild } from './child.js';
import type { Figure } from './figure.js';
import { post } from './load.js';
import { cpuSecondsOf, pssBytesOf } from './process-figures.js';

const WARM_UP_ORDERS = 5_000;
const CONNECTIONS = 64;
const SETTLE_MS = 3_000;
const STALL_MS = 60_000;
const MEBIBYTE = 1024 * 1024;

/**
 * What one order costs over all processes, PostgreSQL and a subscriber included, from the request to the delivery of
 * `order.confirmed`; and the memory of the whole shop, idle and under that load.
 */
export async function benchOrder({ orders, broker }: { orders: number; broker: string }): Promise<Figure[]> {
  const spawned = await spawnShop({ arguments: ['--broker', broker] });
  const sink = await startChild<{ delivered: number }>('event-sink.main.js', {
    ...environmentOf(spawned.shop().broker),
  });
  let delivered = 0;
  sink.child.on('message', (message: { delivered: number }) => (delivered = message.delivered));
  try {
    const idle = await idleFigures(spawned);
    await loadStock(spawned.shop());
    const place = async (requests: number): Promise<void> => {
      const target = delivered + requests;
      await post({
        url: `${spawned.shop().webUrl}/v1/orders`,
        bodies: orderBodies(),
        connections: CONNECTIONS,
        requests,
      });
      await untilDelivered(() => delivered, target);
    };
    await place(WARM_UP_ORDERS);
    const memory = sampleMemory([spawned.launcher.pid!]);
    const cost = await startCostMeter(spawned, sink.child.pid!);
    await place(orders);
    const figure = await cost.figure(orders);
    const peakBytes = await memory.stop();
    return [figure, ...idle, memoryFigure('memory of the whole shop under load (PSS)', peakBytes, 1024)];
  } finally {
    await sink.stop();
    await spawned.stop();
  }
}

function environmentOf(broker: BrokerConfig): Record<string, string> {
  return Object.fromEntries(Object.entries(broker).map(([name, value]) => [name, [value].flat().join(',')]));
}

/** Counts CPU from now on, by process, so that the figure says where it goes. */
async function startCostMeter(
  { launcher, shop }: SpawnedShop,
  sinkPid: number,
): Promise<{ figure(orders: number): Promise<Figure> }> {
  const { services, postgres, choices } = shop();
  // PostgreSQL as a broker works for the shop alone; Kafka would be somebody else's machine.
  const isEmbedded = choices.broker === 'postgres';
  const own = isEmbedded ? [launcher.pid!, sinkPid] : [...services.map(({ process }) => process!.pid), sinkPid];
  const reach = isEmbedded ? 500 : 400;
  const parts: [name: string, pid: number][] = [
    ...services.map(({ name, process }): [string, number] => [name, process!.pid]),
    ['PostgreSQL', postgres.pid],
    ['subscriber', sinkPid],
  ];
  const read = async (): Promise<{ total: number; parts: number[] }> => ({
    total: await cpuSecondsOf(own),
    parts: await Promise.all(parts.map(([, pid]) => cpuSecondsOf([pid]))),
  });
  const [before, startedAt] = [await read(), performance.now()];
  return {
    figure: async (orders) => {
      const after = await read();
      const seconds = (performance.now() - startedAt) / 1000;
      const each = (from: number, to: number): number => ((to - from) * 1e6) / orders;
      const shares = parts.map(
        ([name], index) => `${name} ${Math.round(each(before.parts[index]!, after.parts[index]!))}`,
      );
      const microseconds = each(before.total, after.total);
      return {
        name: `CPU of ${isEmbedded ? 'all' : 'our own'} processes for an order, request to event, on ${choices.broker}`,
        value: microseconds,
        unit: 'µs',
        reach: `≤ ${reach} µs`,
        reached: microseconds <= reach,
        detail: `${shares.join(', ')}; ${orders} orders, ${Math.round(orders / seconds)}/s to the event`,
      };
    },
  };
}

function memoryFigure(name: string, bytes: number, reachMebibytes: number): Figure {
  const value = bytes / MEBIBYTE;
  return {
    name,
    value,
    unit: 'MiB',
    reach: `≤ ${reachMebibytes} MiB`,
    reached: value <= reachMebibytes,
    detail: 'launcher, services, PostgreSQL',
  };
}

async function idleFigures({ launcher }: SpawnedShop): Promise<Figure[]> {
  await sleep(SETTLE_MS);
  const [before, startedAt] = [await cpuSecondsOf([launcher.pid!]), performance.now()];
  await sleep(10_000);
  const percent = (((await cpuSecondsOf([launcher.pid!])) - before) / ((performance.now() - startedAt) / 1000)) * 100;
  return [
    {
      name: 'CPU of the idle shop',
      value: percent,
      unit: '% of a core',
      reach: '< 3 %',
      reached: percent < 3,
      detail: 'over 10 s',
    },
    memoryFigure('memory of the whole shop, idle (PSS)', await pssBytesOf([launcher.pid!]), 700),
  ];
}

function sampleMemory(rootPids: readonly number[]): { stop(): Promise<number> } {
  let peak = 0;
  let running = true;
  const loop = (async () => {
    while (running) {
      peak = Math.max(peak, await pssBytesOf(rootPids));
      await sleep(500);
    }
    return peak;
  })();
  return {
    stop: () => {
      running = false;
      return loop;
    },
  };
}

async function untilDelivered(delivered: () => number, target: number): Promise<void> {
  let last = delivered();
  let progressAt = Date.now();
  while (delivered() < target) {
    await sleep(20);
    if (delivered() !== last) [last, progressAt] = [delivered(), Date.now()];
    else if (Date.now() - progressAt > STALL_MS) throw new Error(`only ${last} of ${target} events came`);
  }
}
