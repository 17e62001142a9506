import { jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { RecentOrders } from '../place-order/recent-orders.js';
import { SignedIds } from '../signed-ids/signed-ids.js';
import { answerJson, answerProblem, startStandIn, type Behaviour, type StandIn } from '../testing/stand-in.js';
import { Upstream } from '../upstream/upstream.js';
import { OddAnswers } from './odd-answers.js';
import { ReadOrder } from './read-order.js';

describe('Odd answers', () => {
  it('are told once in ten seconds, with the number of those in between', () => {
    const told: string[] = [];
    let nowMs = 0;
    const odd = new OddAnswers(
      (text) => told.push(text),
      () => nowMs,
    );
    for (; nowMs < 10_000; nowMs += 1_000) odd.note('it answered with status 401');
    expect(told).toEqual(['orders are shown without what the order service knows: it answered with status 401']);
    odd.note('it answered with status 500');
    expect(told.at(-1)).toMatch(/: it answered with status 500 \(and 9 more odd answers since the last warning\)$/);
    nowMs += 10_000;
    odd.note('it answered with status 500');
    expect(told.at(-1)).toMatch(/status 500$/);
  });
});

describe('A reader of an order whose owner gives an odd answer', () => {
  let standIn: StandIn;
  let upstream: Upstream;
  const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);

  beforeEach(async () => {
    warn.mockClear();
    standIn = await startStandIn();
    upstream = new Upstream({ name: 'order', baseUrl: standIn.url, key: 'k' });
  });
  afterEach(async () => {
    upstream.onApplicationShutdown();
    await standIn.disappear();
  });
  afterAll(() => warn.mockRestore());

  const warningsOf = async (behaviour: Behaviour): Promise<string[]> => {
    const ids = new SignedIds('a secret of at least thirty-two characters', 'order');
    const orders = new ReadOrder(ids, upstream, new RecentOrders());
    standIn.behave(behaviour);
    for (let count = 0; count < 2; count++) await orders.read(ids.make(), 0);
    return warn.mock.calls.map(([text]) => String(text));
  };

  it.each<[string, Behaviour, RegExp]>([
    ['refuses the key', answerProblem(401), /it answered with status 401$/],
    ['fails', answerProblem(500), /it answered with status 500$/],
    ['answers no JSON', (_request, response) => response.end('<html>'), /its answer is no JSON$/],
    [
      'breaks off',
      (_request, response) =>
        void response
          .writeHead(200, { 'content-type': 'application/json', 'content-length': 99 })
          .write('{', () => response.destroy()),
      /its answer broke off/,
    ],
  ])('leaves a warning in the log, and not one for each reader: it %s', async (_what, behaviour, text) => {
    expect(await warningsOf(behaviour)).toEqual([expect.stringMatching(text)]);
  });

  it.each<[string, Behaviour]>([
    ['knows the order', answerJson({ state: 'confirmed' })],
    ['does not know it yet', answerProblem(404)],
    ['is not ready', answerProblem(503)],
  ])('leaves none when the owner %s', async (_what, behaviour) => {
    expect(await warningsOf(behaviour)).toEqual([]);
  });
});
