import { startTestPostgres, type TestPostgres } from '@looseleaf/infra';
import { migrateBroker } from './index.js';
import { BrokerSession } from './testing/broker-session.js';

let server: TestPostgres;
let session: BrokerSession;

beforeAll(async () => {
  server = await startTestPostgres();
  const url = await server.createDatabase('broker');
  await migrateBroker(url);
  session = await BrokerSession.open(url);
});
afterAll(async () => {
  await session.close();
  await server.stop();
});

/** Declares a topic with one subscription; whether that has to be waited for. */
async function declare(topic: string, events: string[]): Promise<unknown> {
  const queue = `${topic}/s`;
  const subscriptions = [{ topic, queue, filter: { events } }];
  const topology = JSON.stringify({ queues: [{ name: queue }], topics: [topic], subscriptions });
  const [row] = await session.rows('SELECT broker.declare($1)', [topology]);
  return row![0];
}

describe('a declaration', () => {
  it('of a new topic with its subscriptions need not be waited for, nor its repetition', async () => {
    expect(await declare('new', ['a'])).toBe(false);
    expect(await declare('new', ['a'])).toBe(false);
  });

  it('that changes a subscription has to be waited for, also by those who repeat it soon after', async () => {
    await declare('changed', ['a']);
    expect(await declare('changed', ['a', 'b'])).toBe(true);
    expect(await declare('changed', ['a', 'b'])).toBe(true);
    expect(await declare('untouched', ['a'])).toBe(false);
  });

  it('that repeats what has long been declared need not be waited for', async () => {
    await declare('old', ['a']);
    await declare('old', ['a', 'b']);
    await session.rows(
      `UPDATE broker.topic SET subscriptions_changed_at = clock_timestamp() - interval '2 minutes' WHERE name = 'old'`,
    );
    expect(await declare('old', ['a', 'b'])).toBe(false);
  });

  it('that adds a subscription to a topic without any has to be waited for', async () => {
    const bare = JSON.stringify({ queues: [], topics: ['bare'], subscriptions: [] });
    await session.rows('SELECT broker.declare($1)', [bare]);
    expect(await declare('bare', ['a'])).toBe(true);
  });
});
