import type { Message } from '@looseleaf/messaging';
import type { Database } from '../database.js';
import { message, ready, TestDatabases } from '../testing/test-database.js';
import { consumeOnce } from './consume-once.js';
import { InboxCleaner } from './inbox-cleaner.js';

const DAY_MS = 24 * 60 * 60_000;

describe('the inbox', () => {
  let databases: TestDatabases;
  let database: Database;
  beforeAll(async () => {
    databases = await TestDatabases.start();
    database = await ready(databases.open());
  });
  afterAll(() => databases.stop());

  const consume = async (messages: readonly Message[]): Promise<string[]> => {
    const done: string[] = [];
    await consumeOnce(database, messages, (fresh) => {
      done.push(...fresh.map(({ id }) => id));
      return Promise.resolve();
    });
    return done;
  };

  it('hands over each message once, in its order, however often it is delivered', async () => {
    const [first, second, third] = [message(), message(), message()];
    expect(await consume([second, first, second])).toEqual([second.id, first.id]);
    expect(await consume([first, third, second])).toEqual([third.id]);
    expect(await consume([first, second])).toEqual([]);
  });

  it('lets one of two concurrent deliveries win', async () => {
    const batch = Array.from({ length: 200 }, () => message());
    const done = await Promise.all([consume(batch), consume(batch)]);
    expect(done.flat().sort()).toEqual(batch.map(({ id }) => id).sort());
  });

  it('forgets messages whose work threw or failed, so that they can be delivered again', async () => {
    const [good, bad] = [message(), message()];
    await expect(consumeOnce(database, [good, bad], () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    const failure = { messageId: bad.id, error: new Error('not this one') };
    expect(await consumeOnce(database, [good, bad], () => Promise.resolve([failure]))).toEqual([failure]);
    expect(await consume([good, bad])).toEqual([bad.id]);
  });

  it('forgets ids when they are older than any redelivery can be', async () => {
    const nowMs = Date.now();
    const aged = (days: number): Message => {
      const time = (nowMs - days * DAY_MS).toString(16).padStart(12, '0');
      const young = message();
      return { ...young, id: `${time.slice(0, 8)}-${time.slice(8)}${young.id.slice(13)}` };
    };
    const [old, young] = [aged(15), aged(13)];
    await consume([old, young]);
    const cleaner = new InboxCleaner({ database });
    expect(await cleaner.clean(nowMs)).toBe(1);
    expect(await consume([old, young])).toEqual([old.id]);
  });

  it('stops between two statements, and leaves the rest to another time', async () => {
    await database.read((manager) =>
      manager.query(`INSERT INTO inbox SELECT lpad(to_hex(n), 32, '0')::uuid FROM generate_series(1, 15000) AS n`),
    );
    const cleaner = new InboxCleaner({ database });
    const cleaning = cleaner.clean();
    await cleaner.stop();
    expect(await cleaning).toBe(10_000);
    expect(await new InboxCleaner({ database }).clean()).toBeGreaterThanOrEqual(5_000);
  });
});
