import { expectAtMostTheseToFail, expectNoOrderToWait, expectNothingLost } from '../support/expectations.js';
import { News } from '../support/news.js';
import { endure } from '../support/outage.js';
import { kill, serviceProcess } from '../support/processes.js';
import { TestShop } from '../support/test-shop.js';
import { until } from '../support/until.js';
import type { WebhookReceiver } from '../support/webhook-receiver.js';

const GONE_FOR_GOOD = 410;

let shop: TestShop;
const papers: News[] = [];

beforeAll(async () => {
  shop = await TestShop.open();
});
afterEach(async () => {
  for (const news of papers.splice(0)) await news.close();
});
afterAll(() => shop.close());

describe('Every call is answered as ever at its normal pace, and each subscriber is told of each event once in the end,', () => {
  it('while one webhook answers 500, one hangs and one is gone: the healthy one does not wait for them', async () => {
    const news = newNews('broken-receivers');
    const receivers = [await receiverOf(news), await receiverOf(news), await receiverOf(news), await receiverOf(news)];
    const [healthy, failing, hanging, gone] = receivers as [WebhookReceiver, ...WebhookReceiver[]];
    await news.happen(2);
    for (const receiver of receivers) await news.untilKnownTo(receiver);
    const report = await endure(shop, {
      begin: async () => {
        failing!.answer = 500;
        hanging!.answer = undefined;
        await gone!.leave();
      },
      meanwhile: async () => {
        await news.happen(10);
        await news.untilKnownTo(healthy);
        await until('the others were called in vain', () => [failing!, hanging!].every(wasCalledInVain));
      },
      end: async () => {
        failing!.answer = 204;
        hanging!.answer = 204;
        await gone!.listen();
      },
    });
    expectAtMostTheseToFail(report, {});
    expectNoOrderToWait(report);
    await news.expectEachToldOnce();
    expect(wasCalledInVain(healthy)).toBe(false);
    await expectNothingLost(shop);
  });

  it('when a webhook says that it is gone for good, and an operator redrives what was dead-lettered', async () => {
    const news = newNews('dead-letters');
    const healthy = await receiverOf(news);
    const { receiver: gone, subscriptions } = await news.newReceiver();
    gone.answer = GONE_FOR_GOOD;
    const report = await endure(shop, {
      begin: () => news.happen(5),
      meanwhile: async () => {
        await news.untilKnownTo(healthy);
        await until('all of it is dead-lettered', async () => (await deadLettered(news, subscriptions)) === 10);
      },
    });
    expectAtMostTheseToFail(report, {});
    expectNoOrderToWait(report);
    expect(gone.calls).toHaveLength(10);
    gone.answer = 204;
    for (const id of subscriptions) {
      expect(await news.operate('POST', `/v1/subscriptions/${id}/redrive`)).toMatchObject({ body: { redriven: 5 } });
    }
    await news.expectEachToldOnce();
    expect(await deadLettered(news, subscriptions)).toBe(0);
    await expectNothingLost(shop);
  });

  it('when the notifier is killed; only who subscribes or looks at subscriptions has to come again', async () => {
    const news = newNews('notifier-killed');
    await news.newReceiver();
    await news.happen(5);
    const late = newNews('subscribed-meanwhile');
    const victim = serviceProcess(shop.running, 'notifier');
    const report = await endure(shop, {
      begin: () => kill(victim),
      meanwhile: async () => {
        await news.happen(5);
        await late.newReceiver();
        await late.happen(5);
      },
    });
    expectAtMostTheseToFail(report, { 'list subscriptions': [502, 503] });
    expectNoOrderToWait(report);
    expect(serviceProcess(shop.running, 'notifier')).not.toEqual(victim);
    await news.expectEachToldOnce();
    await late.expectEachToldOnce();
    await expectNothingLost(shop);
  });
});

function newNews(name: string): News {
  const news = new News(shop, name);
  papers.push(news);
  return news;
}

async function receiverOf(news: News): Promise<WebhookReceiver> {
  return (await news.newReceiver()).receiver;
}

function wasCalledInVain({ calls, taken }: WebhookReceiver): boolean {
  return calls.length > taken.length;
}

async function deadLettered(news: News, subscriptions: readonly string[]): Promise<number> {
  let sum = 0;
  for (const id of subscriptions) {
    const { status, body } = await news.operate('GET', `/v1/subscriptions/${id}`);
    expect(status).toBe(200);
    sum += (body as { deadLettered: number }).deadLettered;
  }
  return sum;
}
