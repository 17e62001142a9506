import { startTestPostgres, type TestPostgres } from '@looseleaf/infra';
import { migrateBroker } from './index.js';
import { BrokerSession } from './testing/broker-session.js';

let server: TestPostgres;
let url: string;
let session: BrokerSession;

beforeAll(async () => {
  server = await startTestPostgres();
  url = await server.createDatabase('broker');
  await migrateBroker(url);
  session = await BrokerSession.open(url);
});
afterAll(async () => {
  await session.close();
  await server.stop();
});

describe('receiving', () => {
  it('gives the same batch again to a consumer that lost the answer', async () => {
    const queue = await session.aQueue();
    await session.send(queue, ['a', 'b']);
    const first = await session.receive(queue);
    const again = await session.receive(queue, 1000, first.receipt);
    expect(again.envelopes).toEqual(['a', 'b']);
    expect((await session.receive(queue)).envelopes).toEqual([]);
    expect(await session.settle(queue, first.receipt)).toBe(true);
    expect(await session.settle(queue, first.receipt)).toBe(false);
  });

  it('misses no message whose sender commits late, whatever was received meanwhile', async () => {
    const queue = await session.aQueue();
    const slow = await BrokerSession.open(url);
    await slow.rows('BEGIN');
    await slow.send(queue, ['late']);
    for (let round = 0; round < 6; round += 1) {
      await session.send(
        queue,
        Array.from({ length: 1500 }, (_, index) => `${round}/${index}`),
      );
      // One stays, so that no consumer has to wait for the slow sender before it sleeps.
      for (let taken = 0; taken < 1499;) {
        const { receipt, envelopes } = await session.receive(queue, Math.min(500, 1499 - taken));
        await session.settle(queue, receipt);
        taken += envelopes.length;
      }
    }
    await slow.rows('COMMIT');
    await slow.close();
    expect((await session.receive(queue)).envelopes[0]).toBe('late');
  });

  it('finds messages that come back after it had passed them', async () => {
    const queue = await session.aQueue({ maxReceiveCount: 5 });
    await session.send(queue, ['early']);
    await session.fail(queue, await session.receive(queue), 1, 60_000);
    for (let round = 0; round < 6; round += 1) {
      await session.send(
        queue,
        Array.from({ length: 2000 }, () => 'x'),
      );
      for (let batch = 0; batch < 2; batch += 1) await session.settle(queue, (await session.receive(queue)).receipt);
    }
    expect(await session.rows('SELECT start > 1000 FROM broker.scan ORDER BY queue_id DESC LIMIT 1')).toEqual([[true]]);
    await session.rows(`UPDATE broker.message SET parked_until = now() WHERE envelope = 'early'`);
    expect((await session.receive(queue)).envelopes).toEqual(['early']);
  });

  it('tells how long to sleep', async () => {
    const queue = await session.aQueue();
    expect((await session.receive(queue)).waitMs).toBeNull();
    await session.rows(`SELECT broker.send_with_options($1, '{NULL}', '{later}', '{5000}', '{NULL}')`, [queue]);
    const { waitMs } = await session.receive(queue);
    expect(waitMs).toBeGreaterThan(4000);
    expect(waitMs).toBeLessThanOrEqual(5000);
  });

  it('is not slowed by delayed messages, nor by the followers of a failing one', async () => {
    const queue = await session.aQueue();
    const many = Array.from({ length: 20_000 }, (_, index) => String(index));
    await session.rows('SELECT broker.send_with_options($1, $2, $2, $3, $4)', [
      queue,
      many,
      many.map(() => 60_000),
      many.map(() => null),
    ]);
    await session.send(queue, ['front'], ['hot']);
    await session.fail(queue, await session.receive(queue), 1, 60_000);
    await session.send(
      queue,
      many.slice(0, 5000),
      many.slice(0, 5000).map(() => 'hot'),
    );
    await session.send(queue, ['other'], ['cold']);
    while ((await session.receive(queue)).envelopes.length === 0);
    const startedAt = performance.now();
    for (let count = 0; count < 50; count += 1) await session.receive(queue);
    expect((performance.now() - startedAt) / 50).toBeLessThan(20);
  });
});
