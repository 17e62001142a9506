import { createRanking, type CacheConfig } from '@looseleaf/backing-services';
import type { RankedMember, Ranking } from '@looseleaf/cache';
import type { OrderLine, StockReserved } from '@looseleaf/contracts';
import { eventually, redisProgram, startRedis, whereAvailable, type RedisServer } from '@looseleaf/infra';
import type { Message } from '@looseleaf/messaging';
import fc from 'fast-check';
import { aCancellation, anOrderId, aPlacing, aReservation, TestOrders } from '../testing/test-orders.js';
import { BestSellers, type BestSellersCount } from './best-sellers.js';
import { hoursOf, KEPT_MS } from './hours.js';
import { RankingFeeder } from './ranking-feeder.js';
import { SalesLedger } from './sales-ledger.js';

const SKUS = ['pen', 'ink', 'cap', 'cup'];
/** For answers that take a budget of 100 ms and a query: a busy machine may take as long again and again. */
const SOON_MS = 2_000;
const describeOnRedis = await whereAvailable(describe, redisProgram);

let orders: TestOrders;
const rankings: Ranking[] = [];
beforeAll(async () => {
  orders = await TestOrders.start();
});
afterAll(async () => {
  await Promise.all(rankings.map((ranking) => ranking.close()));
  await orders.stop();
});

/** A replica of the order service, as far as best sellers go. */
class Replica {
  readonly lines: string[] = [];
  readonly ledger = new SalesLedger(orders.database);
  readonly feeder: RankingFeeder;

  static async start(config: CacheConfig): Promise<Replica> {
    const ranking = await createRanking(config, { name: 'best-sellers', keepMs: KEPT_MS });
    rankings.push(ranking);
    return new Replica(ranking);
  }

  private constructor(readonly ranking: Ranking) {
    const log = (_: object, line: string): void => void this.lines.push(line);
    this.feeder = new RankingFeeder(this.ledger, ranking, { info: log, warn: log, error: log });
  }

  /** As somebody sees it for whom nothing is kept. */
  read(): Promise<BestSellersCount> {
    return new BestSellers(this).read('24h').then(({ value }) => value);
  }
}

/** What the orders themselves say: the sums of those that are confirmed. */
async function truth(): Promise<RankedMember[]> {
  const rows = await orders.query<{ lines: OrderLine[] }>(`SELECT lines FROM orders WHERE state = 'confirmed'`);
  const sums = new Map<string, number>();
  for (const { sku, quantity } of rows.flatMap(({ lines }) => lines)) sums.set(sku, (sums.get(sku) ?? 0) + quantity);
  const members = [...sums].map(([member, score]) => ({ member, score }));
  return members.sort((one, other) => other.score - one.score || (one.member < other.member ? 1 : -1));
}

async function sell(lines: readonly OrderLine[]): Promise<string> {
  const orderId = anOrderId();
  await orders.place.execute([aPlacing({ orderId, lines: [...lines] })]);
  await orders.settle.confirm([reserving(orderId, lines)]);
  return orderId;
}

function reserving(orderId: string, lines: readonly OrderLine[]): Message<StockReserved> {
  const message = aReservation(orderId);
  const priced = lines.map(({ sku, quantity }) => ({ sku, quantity, unitPriceMinor: 100 }));
  return { ...message, body: { ...message.body, lines: priced } };
}

function toItems(members: readonly RankedMember[]): BestSellersCount['items'] {
  return members.map(({ member, score }) => ({ sku: member, quantity: score }));
}

describe('In the memory of each process', () => {
  const start = (): Promise<Replica> => Replica.start({ CACHE: 'memory' });
  followCases(() => Promise.all([start(), start()]), 12);

  it('are summed up in the database before the ranking is built, and ranked from then on', async () => {
    const replica = await start();
    await sell([{ sku: 'pen', quantity: 1 }]);
    await replica.ledger.fold();
    const items = toItems(await truth());
    expect(await replica.read()).toEqual({ since: expect.any(String), items, source: 'sales' });
    await replica.feeder.feed();
    expect(await replica.read()).toEqual({ since: expect.any(String), items, source: 'ranking' });
    expect(replica.lines).toEqual(['the ranking was built from the sales']);
  });

  it('are kept for two seconds, in each window by itself, and counted once for many readers', async () => {
    let nowMs = Date.parse('2026-11-21T12:59:58.500Z');
    const counted: number[][] = [];
    const top = async (hours: readonly number[]): Promise<{ position: number; members: RankedMember[] }> => {
      counted.push([...hours]);
      return { position: 1, members: [{ member: 'pen', score: counted.length }] };
    };
    const bestSellers = new BestSellers({
      ranking: Object.assign((await start()).ranking, { top }),
      ledger: { top: () => Promise.reject(new Error('not to be asked')) },
      now: () => nowMs,
    });
    const readings = await Promise.all(Array.from({ length: 20 }, () => bestSellers.read('1h')));
    expect(readings.map(({ status }) => status)).toEqual(Array(20).fill('miss'));
    expect(readings[0]!.value.since).toBe('2026-11-21T11:00:00.000Z');
    expect(await bestSellers.read('1h')).toMatchObject({ status: 'hit' });
    expect(counted).toEqual([hoursOf('1h', nowMs)]);
    expect((await bestSellers.read('7d')).value.since).toBe('2026-11-14T12:00:00.000Z');
    nowMs += 2_000;
    expect((await bestSellers.read('1h')).value.since).toBe('2026-11-21T12:00:00.000Z');
    expect(counted).toHaveLength(3);
  });
});

describeOnRedis('On Redis', () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());

  const start = (): Promise<Replica> => Replica.start({ CACHE: 'redis', REDIS_URL: redis.url });

  followCases(
    () => Promise.all([start(), start()]),
    12,
    async () => {
      await redis.kill();
      await redis.start();
    },
  );

  it('are summed up in the database while Redis is killed, and ranked again when it is back, with nobody doing anything', async () => {
    const here = await start();
    here.feeder.onApplicationBootstrap();
    try {
      await sell([{ sku: 'pen', quantity: 1 }]);
      await eventually(async () =>
        expect(await here.read()).toMatchObject({ source: 'ranking', items: toItems(await truth()) }),
      );
      await redis.kill();
      await sell([{ sku: 'ink', quantity: 50 }]);
      await eventually(async () =>
        expect(await here.read()).toMatchObject({ source: 'sales', items: toItems(await truth()) }),
      );
      await eventually(() => expect(here.lines.at(-1)).toMatch(/^the ranking does not follow the sales/));
      await redis.start();
      await eventually(async () =>
        expect(await here.read()).toMatchObject({ source: 'ranking', items: toItems(await truth()) }),
      );
      expect(here.lines.at(-1)).toBe('the ranking follows the sales again');
      expect(here.lines.filter((line) => line.includes('does not follow'))).toHaveLength(1);
    } finally {
      await here.feeder.beforeApplicationShutdown();
    }
  });

  it('are summed up in the database, without much delay, while Redis stands still', async () => {
    const here = await start();
    await here.feeder.feed();
    expect(await here.read()).toMatchObject({ source: 'ranking' });
    await redis.kill('SIGSTOP');
    try {
      for (let time = 1; time <= 3; time += 1) {
        const startedAt = performance.now();
        expect(await here.read()).toMatchObject({ source: 'sales', items: toItems(await truth()) });
        expect(performance.now() - startedAt).toBeLessThan(SOON_MS);
      }
    } finally {
      await redis.kill('SIGCONT');
    }
    await eventually(async () => expect(await here.read()).toMatchObject({ source: 'ranking' }));
  });
});

type Step =
  | { readonly kind: 'sell'; readonly lines: readonly OrderLine[] }
  | { readonly kind: 'tell again' | 'cancel'; readonly order: number }
  | { readonly kind: 'feed'; readonly replica: number }
  | { readonly kind: 'forget' };

/**
 * Two replicas feed, and people buy and cancel, all side by side.
 * @param forget makes the ranking lose what it has, where it can
 */
function followCases(start: () => Promise<Replica[]>, numRuns: number, forget?: () => Promise<void>): void {
  it('are what the orders say, whatever is bought, told again, cancelled and forgotten, by whichever replica', async () => {
    const replicas = await start();
    await fc.assert(
      fc.asyncProperty(fc.array(aStep(forget !== undefined), { minLength: 3, maxLength: 12 }), async (steps) => {
        await live(steps, replicas, forget);
        await eventually(() => Promise.all(replicas.map(({ feeder }) => feeder.feed())));
        for (const replica of replicas) await eventually(() => expectTruth(replica));
      }),
      { numRuns },
    );
  });

  async function expectTruth(replica: Replica): Promise<void> {
    await replica.feeder.feed(); // the other one may have been building
    expect(await replica.read()).toMatchObject({ source: 'ranking', items: toItems(await truth()) });
  }
}

async function live(steps: readonly Step[], replicas: readonly Replica[], forget?: () => Promise<void>): Promise<void> {
  const told: Message<StockReserved>[] = [];
  const place = steps.map(async (step) => {
    const again = 'order' in step ? told[step.order % told.length] : undefined;
    switch (step.kind) {
      case 'sell': {
        const id = anOrderId();
        const reservation = reserving(id, step.lines);
        told.push(reservation);
        await orders.place.execute([aPlacing({ orderId: id, lines: [...step.lines] })]);
        return retried(() => orders.settle.confirm([reservation]));
      }
      case 'tell again':
        return again && retried(() => orders.settle.confirm([again]));
      case 'cancel':
        return again && retried(() => orders.cancel.execute([aCancellation(again.body.orderId)]));
      case 'feed':
        return replicas[step.replica]!.feeder.feed().catch(() => undefined);
      case 'forget':
        return forget!();
    }
  });
  await Promise.all(place);
}

/** A message is delivered again when its order is not there yet, or arrived meanwhile. */
async function retried(step: () => Promise<readonly unknown[]>): Promise<void> {
  await eventually(async () => expect(await step()).toEqual([]));
}

function aStep(mayForget: boolean): fc.Arbitrary<Step> {
  const line = fc.record({ sku: fc.constantFrom(...SKUS), quantity: fc.integer({ min: 1, max: 9 }) });
  const order = fc.nat(9);
  return fc.oneof(
    {
      weight: 5,
      arbitrary: fc.array(line, { minLength: 1, maxLength: 3 }).map((lines) => ({ kind: 'sell', lines }) as const),
    },
    { weight: 2, arbitrary: order.map((order) => ({ kind: 'tell again', order }) as const) },
    { weight: 2, arbitrary: order.map((order) => ({ kind: 'cancel', order }) as const) },
    { weight: 4, arbitrary: fc.nat(1).map((replica) => ({ kind: 'feed', replica }) as const) },
    { weight: mayForget ? 1 : 0, arbitrary: fc.constant({ kind: 'forget' } as const) },
  );
}
