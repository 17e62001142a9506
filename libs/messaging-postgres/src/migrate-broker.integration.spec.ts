import { startTestPostgres, type TestPostgres } from '@looseleaf/infra';
import { MessagingConfigurationError } from '@looseleaf/messaging';
import { binaryTextArray } from './binary-text-array.js';
import { createPostgresBroker, migrateBroker } from './index.js';
import { BrokerSession } from './testing/broker-session.js';

let server: TestPostgres;
let url: string;
let session: BrokerSession;

beforeAll(async () => {
  server = await startTestPostgres();
  url = await server.createDatabase('broker');
  await Promise.all([1, 2, 3].map(() => migrateBroker(url)));
  session = await BrokerSession.open(url);
});
afterAll(async () => {
  await session.close();
  await server.stop();
});

describe('migrateBroker', () => {
  it('is safe to repeat and to run concurrently, and keeps what is there', async () => {
    const queue = await session.aQueue();
    await session.send(queue, ['kept']);
    await migrateBroker(url);
    expect((await session.receive(queue)).envelopes).toEqual(['kept']);
  });

  it('lets a service call the functions, but neither read the tables nor declare', async () => {
    await session.rows(`CREATE ROLE shop LOGIN PASSWORD 'secret'`);
    await migrateBroker(url, { roles: ['shop'] });
    const serviceUrl = server.url('broker', { name: 'shop', password: 'secret' });
    const broker = createPostgresBroker({ url: serviceUrl, applicationName: 'shop' });
    const service = await BrokerSession.open(serviceUrl);
    const queue = await session.aQueue();
    await broker.administration.stats();
    await service.send(queue, ['a', 'b']);
    expect(await service.settle(queue, (await service.receive(queue)).receipt)).toBe(true);
    await expect(service.rows('SELECT * FROM broker.message')).rejects.toThrow('permission denied');
    await expect(broker.declare({ queues: [], topics: [], subscriptions: [] })).rejects.toThrow('permission denied');
    await service.close();
    await broker.close();
  });

  it('names roles that do not exist', async () => {
    await expect(migrateBroker(url, { roles: ['postgres', 'nobody-here'] })).rejects.toThrow(
      MessagingConfigurationError,
    );
    await expect(migrateBroker(url, { roles: ['nobody-here'] })).rejects.toThrow('nobody-here');
  });

  it('says so when the database was not migrated', async () => {
    const broker = createPostgresBroker({ url: await server.createDatabase('empty'), applicationName: 'x' });
    await expect(broker.queue('q').send([])).resolves.toBeUndefined();
    await expect(broker.administration.stats()).rejects.toThrow('not migrated');
    await broker.close();
  });
});

describe('the binary form of text[]', () => {
  it.each([
    [[]],
    [['a']],
    [['größe 🧾', '', 'with "quotes" and \\ and {braces}', null, 'NULL']],
    [Array<string>(2000).fill('x'.repeat(300))],
  ])('arrives as it was', async (values) => {
    expect(await session.rows('SELECT $1::text[]', [binaryTextArray(values)])).toEqual([[values]]);
  });
});
