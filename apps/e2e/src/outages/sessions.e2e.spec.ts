import { giveBack, takeAway } from '../support/database-switch.js';
import {
  expectAtMostTheseToFail,
  expectNoOrderToWait,
  expectNothingLost,
  expectRefusalsToSayWhen,
  type MayFail,
} from '../support/expectations.js';
import { endure } from '../support/outage.js';
import { kill, serviceProcess, signal } from '../support/processes.js';
import { Shoppers } from '../support/shoppers.js';
import { TestShop } from '../support/test-shop.js';
import { until } from '../support/until.js';

const A_WHILE_MS = 4_000;
const DEATHS = 3;
const CUSTOMERS = 10;
/** So that the deaths follow each other closely. */
const RESTART_LIMIT_MS = 200;

let shop: TestShop;

beforeAll(async () => {
  shop = await TestShop.open({ replicas: 'web=2', restartLimitMs: RESTART_LIMIT_MS });
});
afterAll(() => shop.close());

describe('While the session store is away, carts and checkouts get 502, 503 or 504, and in the end each cart was ordered once', () => {
  it('killed again and again in the middle of checkouts: every other call is answered as ever', async () => {
    const shoppers = new Shoppers(shop, 'store-killed');
    const report = await endure(shop, {
      begin: () => kill(serviceProcess(shop.running, 'sessions')),
      meanwhile: async () => {
        const coming = Promise.all([shoppers.come(CUSTOMERS), shoppers.come(CUSTOMERS)]);
        for (let deaths = 1; deaths < DEATHS; deaths++) {
          await until('the session store is ready again', async () => {
            const { services } = await shop.status();
            return services.find(({ name }) => name === 'sessions')?.state === 'ready';
          });
          await kill(serviceProcess(shop.running, 'sessions'));
        }
        await coming;
      },
    });
    expectAtMostTheseToFail(report, allOfCarts([502, 503]));
    expectNoOrderToWait(report);
    await expectEachCartOrderedOnce(shoppers);
  });

  it('frozen', async () => {
    const shoppers = new Shoppers(shop, 'store-frozen');
    const victim = serviceProcess(shop.running, 'sessions');
    let coming: Promise<void> | undefined;
    const report = await endure(shop, {
      begin: () => {
        coming = shoppers.come(CUSTOMERS);
        return signal(victim, 'SIGSTOP');
      },
      lastsMs: A_WHILE_MS,
      end: () => signal(victim, 'SIGCONT'),
    });
    await coming;
    expectAtMostTheseToFail(report, allOfCarts([503, 504]));
    expectNoOrderToWait(report);
    expect(serviceProcess(shop.running, 'sessions')).toEqual(victim);
    await expectEachCartOrderedOnce(shoppers);
  });

  it('without its database', async () => {
    const shoppers = new Shoppers(shop, 'store-without-database');
    const process = serviceProcess(shop.running, 'sessions');
    let coming: Promise<void> | undefined;
    const report = await endure(shop, {
      begin: async () => {
        await takeAway(shop.running, 'sessions');
        coming = shoppers.come(CUSTOMERS);
      },
      lastsMs: A_WHILE_MS,
      end: () => giveBack(shop.running, 'sessions'),
    });
    await coming;
    expect(shoppers.refusals).toContain(503);
    expectAtMostTheseToFail(report, allOfCarts([503]));
    expectRefusalsToSayWhen(report.during);
    expectNoOrderToWait(report);
    expect(serviceProcess(shop.running, 'sessions')).toEqual(process);
    await expectEachCartOrderedOnce(shoppers);
  });
});

describe('When a replica of the web tier dies', () => {
  it('carts are as they were for whoever comes to the other one', async () => {
    const shoppers = new Shoppers(shop, 'web-killed');
    const coming = shoppers.come(CUSTOMERS * 2);
    for (let deaths = 0; deaths < 3; deaths++) {
      const victim = await until(
        'the replica runs',
        () => shop.running.services.find(({ name, replica }) => name === 'web' && replica === 1)?.process,
      );
      await kill(victim);
    }
    await coming;
    await expectEachCartOrderedOnce(shoppers);
  });
});

/** One that a replica keeps near is read there. */
function allOfCarts(statuses: readonly number[]): MayFail {
  return { 'change cart': statuses, 'read cart': statuses, 'check out': statuses };
}

async function expectEachCartOrderedOnce({ wrongCarts, refusals }: Shoppers): Promise<void> {
  expect(wrongCarts).toEqual([]);
  expect([...refusals].filter((status) => ![0, 502, 503, 504].includes(status))).toEqual([]);
  await expectNothingLost(shop);
}
