import { setTimeout as sleep } from 'node:timers/promises';
import type { BrokerConfig } from '@looseleaf/backing-services';
import { spawnShop, type SpawnedShop } from '@looseleaf/launcher';
import { loadStock, orderBodies } from './catalogue.js';
import { startChild } from './child.js';
import type { Figure } from './figure.js';
import { post } from './load.js';
import { cpuSecondsOf, pssBytesOf } from './process-figures.js';

/** Until V8 has compiled what an order takes: with 5,000, the next 20,000 cost half as much again as those after them. */
const WARM_UP_ORDERS = 20_000;
const CONNECTIONS = 64;
const SETTLE_MS = 3_000;
const STALL_MS = 60_000;
const MEBIBYTE = 1024 * 1024;

/**
 * What one order costs over all processes, PostgreSQL and a subscriber included, from the request to the delivery of
 * `order.confirmed`; and the memory and CPU of the idle shop, and its memory under that load. On Kafka all of it is of our own
 * processes: servers would be somebody else's machines.
 */
export async function benchOrder({ orders, broker }: { orders: number; broker: string }): Promise<Figure[]> {
  const spawned = await spawnShop({ arguments: ['--broker', broker] });
  const sink = await startChild<{ delivered: number }>('event-sink.main.js', {
    ...environmentOf(spawned.shop().broker),
  });
  let delivered = 0;
  sink.child.on('message', (message: { delivered: number }) => (delivered = message.delivered));
  try {
    const measured = measuredProcesses(spawned);
    const idle = await idleFigures(measured);
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
    const memory = sampleMemory(measured.pids);
    const cost = await startCostMeter(spawned, measured, sink.child.pid!);
    await place(orders);
    const figure = await cost.figure(orders);
    return [figure, ...idle, memoryFigure('under load', measured, await memory.stop(), 1024)];
  } finally {
    await sink.stop();
    await spawned.stop();
  }
}

function environmentOf(broker: BrokerConfig): Record<string, string> {
  return Object.fromEntries(Object.entries(broker).map(([name, value]) => [name, [value].flat().join(',')]));
}

/** With all that they started. */
interface Measured {
  readonly what: string;
  readonly pids: readonly number[];
  readonly reachMicroseconds: number;
}

function measuredProcesses({ launcher, shop }: SpawnedShop): Measured {
  const { services, choices } = shop();
  // PostgreSQL as a broker works for the shop alone.
  if (choices.broker === 'postgres') return { what: 'all processes', pids: [launcher.pid!], reachMicroseconds: 500 };
  return { what: 'our own processes', pids: services.map(({ process }) => process!.pid), reachMicroseconds: 400 };
}

/** Counts CPU from now on, by process, so that the figure says where it goes. */
async function startCostMeter(
  { shop }: SpawnedShop,
  { what, pids, reachMicroseconds }: Measured,
  sinkPid: number,
): Promise<{ figure(orders: number): Promise<Figure> }> {
  const { services, postgres, choices } = shop();
  const parts: [name: string, pid: number][] = [
    ...services.map(({ name, process }): [string, number] => [name, process!.pid]),
    ['PostgreSQL', postgres.pid],
    ['subscriber', sinkPid],
  ];
  const read = async (): Promise<{ total: number; parts: number[] }> => ({
    total: await cpuSecondsOf([...pids, sinkPid]),
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
        name: `CPU of ${what} for an order, request to event, on ${choices.broker}`,
        value: microseconds,
        unit: 'µs',
        reach: `≤ ${reachMicroseconds} µs`,
        reached: microseconds <= reachMicroseconds,
        detail: `${shares.join(', ')}; ${orders} orders, ${Math.round(orders / seconds)}/s to the event`,
      };
    },
  };
}

function memoryFigure(when: string, { what }: Measured, bytes: number, reachMebibytes: number): Figure {
  const value = bytes / MEBIBYTE;
  return {
    name: `memory of ${what} ${when} (PSS)`,
    value,
    unit: 'MiB',
    reach: `≤ ${reachMebibytes} MiB`,
    reached: value <= reachMebibytes,
    detail: '',
  };
}

async function idleFigures(measured: Measured): Promise<Figure[]> {
  const { what, pids } = measured;
  await sleep(SETTLE_MS);
  const [before, startedAt] = [await cpuSecondsOf(pids), performance.now()];
  await sleep(10_000);
  const percent = (((await cpuSecondsOf(pids)) - before) / ((performance.now() - startedAt) / 1000)) * 100;
  return [
    {
      name: `CPU of ${what} at rest`,
      value: percent,
      unit: '% of a core',
      reach: '< 3 %',
      reached: percent < 3,
      detail: 'over 10 s',
    },
    memoryFigure('at rest', measured, await pssBytesOf(pids), 700),
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
