import { startTestPostgres, type TestPostgres } from '@looseleaf/infra';
import { createPostgresBroker, migrateBroker } from './index.js';
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

describe('clean-up', () => {
  it('dead-letters what is older than the retention of its queue', async () => {
    const queue = await session.aQueue({ retentionMs: 1000 });
    const other = await session.aQueue();
    await session.send(queue, ['in flight', 'old', 'young']);
    await session.send(other, ['kept']);
    await session.rows(`UPDATE broker.message SET sent_at = sent_at - interval '1 minute' WHERE envelope <> 'young'`);
    await session.receive(queue, 1);
    await session.rows('SELECT broker.tidy()');
    expect(await session.rows('SELECT envelope, error FROM broker.dead_letters($1, 10)', [queue])).toEqual([
      ['old', expect.stringContaining('MESSAGE.EXPIRED')],
    ]);
    expect((await session.receive(queue)).envelopes).toEqual(['young']);
    expect((await session.receive(other)).envelopes).toEqual(['kept']);
  });

  it('ends the deduplication of an id after five minutes', async () => {
    const queue = await session.aQueue();
    const sendOnce = (envelope: string) =>
      session.rows(`SELECT broker.send_with_options($1, '{NULL}', ARRAY[$2], '{0}', '{same}')`, [queue, envelope]);
    const age = (by: string) =>
      session.rows(`UPDATE broker.deduplication SET expires_at = expires_at - $1::interval`, [by]);
    await sendOnce('first');
    await age('4 minutes 50 seconds');
    await sendOnce('duplicate');
    await age('10 seconds');
    await sendOnce('second');
    expect((await session.receive(queue)).envelopes).toEqual(['first', 'second']);
    await age('5 minutes');
    await session.rows('SELECT broker.tidy()');
    expect(await session.rows('SELECT count(*)::int FROM broker.deduplication')).toEqual([[0]]);
  });

  it('shows and redrives any number of dead letters, also those that nobody can read', async () => {
    const queue = await session.aQueue();
    const broker = createPostgresBroker({ url, applicationName: 'x' });
    for (let round = 0; round < 12; round += 1) {
      await session.send(
        queue,
        Array.from({ length: 1000 }, () => 'not json'),
      );
      await session.fail(queue, await session.receive(queue), 1000, 0, true);
    }
    expect((await broker.administration.deadLetters(queue, 1))[0]).toMatchObject({ message: { body: 'not json' } });
    expect(await broker.administration.redrive(queue, 5500)).toBe(5500);
    expect(await broker.administration.redrive(queue)).toBe(6500);
    expect(await broker.administration.redrive(queue)).toBe(0);
    await broker.close();
  });

  it('forgets dead letters after fourteen days', async () => {
    const queue = await session.aQueue();
    await session.send(queue, ['a', 'b']);
    await session.fail(queue, await session.receive(queue), 2, 0, true);
    await session.rows(
      `UPDATE broker.dead_letter SET dead_lettered_at = dead_lettered_at - interval '14 days' WHERE envelope = 'a'`,
    );
    await session.rows('SELECT broker.tidy()');
    expect(await session.rows('SELECT envelope FROM broker.dead_letters($1, 10)', [queue])).toEqual([['b']]);
  });
});
