import { randomUUID } from 'node:crypto';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { createLogger, ProblemFilter, validateParameters, type Problem } from '@looseleaf/service-kit';
import { NotifierModule } from '../notifier.module.js';
import { rows, SECRET, TestNotifier, type Replica } from '../testing/test-notifier.js';
import type { SubscriptionView } from './subscriptions.js';

const KEY = 'a key of sixteen characters';
const UNKNOWN = '0199a2b4-0000-7000-8000-000000000001';

describe('the internal HTTP API', () => {
  let shop: TestNotifier;
  let replica: Replica;
  let app: NestFastifyApplication;
  const woken: string[] = [];
  beforeAll(async () => {
    shop = await TestNotifier.start();
    replica = await shop.replica();
    const module = NotifierModule.create({
      database: replica.database,
      dispatcher: { wake: (ids) => void woken.push(...ids) },
      secrets: shop.secrets,
      addressPolicy: { allowLoopback: false },
      internalKey: KEY,
    });
    app = await NestFactory.create<NestFastifyApplication>(module, new FastifyAdapter(), { logger: false });
    app.useGlobalFilters(new ProblemFilter(createLogger('test', 'silent')));
    validateParameters(app);
    await app.init();
    await app.getHttpAdapter().getInstance().ready();
  });
  afterAll(async () => {
    await app.close();
    await shop.stop();
  });

  const send = async <Body>(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path = '', payload?: object, key = KEY) => {
    const response = await app.inject({
      method,
      url: `/internal/subscriptions${path}`,
      headers: { authorization: `Bearer ${key}` },
      ...(payload && { payload }),
    });
    return { status: response.statusCode, body: (response.body ? response.json() : undefined) as Body };
  };
  const faultsOf = async (request: object): Promise<[string, string][]> => {
    const { status, body } = await send<Problem>('POST', '', request);
    expect([status, body.code]).toEqual([400, 'REQUEST.INVALID']);
    return body.errors!.map(({ pointer, detail }) => [pointer, detail]);
  };
  const email = { email: 'manager@b.example' };
  const webhook = { webhook: 'https://hooks.example/', secret: SECRET };

  it('wants its key', async () => {
    expect((await send('GET', '', undefined, 'another key of sixteen')).status).toBe(401);
  });

  it('makes a subscription by mail, shows it, lists it and deletes it', async () => {
    const filter = { store: ['Berlin', { prefix: 'Le' }], count: [{ numeric: ['<', 3] }] };
    const made = await send<SubscriptionView>('POST', '', { events: ['stock.depleted'], filter, deliver: email });
    const { id, createdAt } = made.body;
    const view = { id, events: ['stock.depleted'], filter, deliver: email, createdAt, deadLettered: 0 };
    expect(made).toEqual({ status: 201, body: view });
    expect(createdAt).toMatch(/^\d{4}-.*Z$/);
    expect(await send('GET', `/${id}`)).toEqual({ status: 200, body: view });
    expect(await send('GET')).toEqual({ status: 200, body: { items: [view] } });
    expect(await send('DELETE', `/${id}`)).toEqual({ status: 204, body: undefined });
    expect(await send('DELETE', `/${id}`)).toMatchObject({ status: 404, body: { code: 'SUBSCRIPTION.UNKNOWN' } });
  });

  it.each([
    ['mail', { deliver: email }, { deliver: { email: 'other@b.example' } }],
    ['webhook', { deliver: webhook }, { deliver: { ...webhook, secret: `${SECRET} of another` } }],
    ['filter', { deliver: email, filter: { store: ['Leeds'] } }, { deliver: email }],
  ])(
    'makes one subscription of one id, however often it is sent, and none of another request (%s)',
    async (_, one, other) => {
      const events = ['stock.depleted', 'stock.replenished'];
      const [path, body] = [`/${randomUUID()}`, { events, ...one }];
      const answers = await Promise.all([1, 2, 3].map(() => send<SubscriptionView>('PUT', path, body)));
      expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
      expect(new Set(answers.map((answer) => JSON.stringify(answer.body))).size).toBe(1);
      expect((await send<{ items: object[] }>('GET')).body.items).toHaveLength(1);
      for (const changed of [
        { events, ...other },
        { ...body, events: ['stock.depleted'] },
      ]) {
        expect(await send('PUT', path, changed)).toMatchObject({
          status: 422,
          body: { code: 'IDEMPOTENCY.KEY_REUSED' },
        });
      }
      expect((await send('DELETE', path)).status).toBe(204);
    },
  );

  it('keeps the secret of a webhook to itself, in the database as in its answers', async () => {
    const made = await send<SubscriptionView>('POST', '', { events: ['order.confirmed'], deliver: webhook });
    expect(made.body.deliver).toEqual({ webhook: 'https://hooks.example/' });
    expect(JSON.stringify((await send('GET', `/${made.body.id}`)).body)).not.toContain(SECRET);
    const [row] = await rows<{ secret: Buffer }>(replica, 'SELECT secret FROM subscriptions WHERE secret IS NOT NULL');
    expect(row!.secret.toString('latin1')).not.toContain(SECRET);
    expect(shop.secrets.open(row!.secret, made.body.id)).toBe(SECRET);
    await send('DELETE', `/${made.body.id}`);
  });

  it('lists in pages, in the order in which subscriptions were made', async () => {
    const ids: string[] = [];
    for (let index = 0; index < 3; index += 1) {
      const made = await send<SubscriptionView>('POST', '', { events: ['order.confirmed'], deliver: email });
      ids.push(made.body.id);
    }
    type Page = { items: SubscriptionView[]; next?: string };
    const first = await send<Page>('GET', '?limit=2');
    expect(first.body.items.map(({ id }) => id)).toEqual(ids.slice(0, 2));
    const second = await send<Page>('GET', `?limit=2&after=${first.body.next}`);
    expect(second.body.items.map(({ id }) => id)).toEqual(ids.slice(2));
    expect(second.body.next).toBeUndefined();
    expect(await send('GET', '?after=nonsense')).toMatchObject({ status: 400 });
    for (const id of ids) await send('DELETE', `/${id}`);
  });

  it('says which events there are', async () => {
    const [[pointer, detail] = ['', '']] = await faultsOf({ events: ['stock.changed'], deliver: email });
    expect(pointer).toBe('/events/0');
    expect(detail).toContain('order.confirmed, order.rejected, order.cancelled, stock.depleted');
    expect(await faultsOf({ events: [], deliver: email })).toHaveLength(1);
  });

  it.each<[string, unknown, string]>([
    ['no field of it has conditions', { store: [] }, '/filter/store'],
    ['a condition is of no known form', { store: [{ suffix: 'lin' }] }, '/filter/store/0'],
    ['a condition is of two forms', { store: [{ prefix: 'B', exists: true }] }, '/filter/store/0'],
    ['a range has an unknown comparison', { count: [{ numeric: ['constructor', 1] }] }, '/filter/count/0'],
    ['a range is cut short', { count: [{ numeric: ['<'] }] }, '/filter/count/0'],
    ['it names too many fields', Object.fromEntries([...'abcdefghijk'].map((name) => [name, [1]])), '/filter'],
    ['it is too long', { store: ['x'.repeat(5_000)] }, '/filter'],
  ])('refuses a filter when %s', async (_what, filter, pointer) => {
    expect(await faultsOf({ events: ['stock.depleted'], filter, deliver: email })).toEqual([
      [pointer, expect.any(String)],
    ]);
  });

  it.each<[string, object, string]>([
    ['nothing', {}, '/deliver/email'],
    ['no address', { email: 'manager' }, '/deliver/email'],
    ['two addresses', { email: 'a@b.example, c@b.example' }, '/deliver/email'],
    ['a second header', { email: 'a@b.example\r\nBcc: c@b.example' }, '/deliver/email'],
    ['mail and a webhook', { ...email, ...webhook }, '/deliver'],
    ['no secret', { webhook: webhook.webhook }, '/deliver/secret'],
    ['a short secret', { ...webhook, secret: 'x'.repeat(15) }, '/deliver/secret'],
    ['a secret that is not the base64 it claims', { ...webhook, secret: 'whsec_not base64 at all' }, '/deliver/secret'],
    ['a secret of too few bytes', { ...webhook, secret: 'whsec_c2hvcnRlci10aGFuLTI0' }, '/deliver/secret'],
    ['this machine', { ...webhook, webhook: 'http://127.0.0.1:8080/' }, '/deliver/webhook'],
    ['a private network', { ...webhook, webhook: 'http://192.168.0.1/' }, '/deliver/webhook'],
    ['credentials in the URL', { ...webhook, webhook: 'https://a:b@hooks.example/' }, '/deliver/webhook'],
  ])('refuses to deliver to %s', async (_what, deliver, pointer) => {
    expect(await faultsOf({ events: ['stock.depleted'], deliver })).toEqual([[pointer, expect.any(String)]]);
  });

  it.each<['GET' | 'POST' | 'DELETE', string]>([
    ['GET', `/${UNKNOWN}`],
    ['DELETE', `/${UNKNOWN}`],
    ['POST', `/${UNKNOWN}/redrive`],
    ['GET', `/${UNKNOWN}/dead-letters`],
  ])('answers %s of an unknown subscription with 404', async (method, path) => {
    expect(await send(method, path)).toMatchObject({ status: 404, body: { code: 'SUBSCRIPTION.UNKNOWN' } });
  });

  it('shows and redrives dead letters in pages, the oldest first', async () => {
    const made = await send<SubscriptionView>('POST', '', { events: ['order.confirmed'], deliver: email });
    const { id } = made.body;
    await rows(
      replica,
      `WITH dead AS (
         INSERT INTO events SELECT gen_random_uuid(), 'order.confirmed', '{}', now() FROM generate_series(1, 3)
         RETURNING id)
       INSERT INTO deliveries (event_id, subscription_id, attempts, error, due_at, dead_lettered_at)
       SELECT id, '${id}', 20, 'why', now() + interval '1 hour', now() FROM dead`,
    );
    type Page = { items: { id: string; attempts: number }[]; next?: string };
    const first = await send<Page>('GET', `/${id}/dead-letters?limit=2`);
    expect(first.body.items).toMatchObject([
      { event: 'order.confirmed', attempts: 20, error: 'why' },
      { attempts: 20 },
    ]);
    const second = await send<Page>('GET', `/${id}/dead-letters?limit=2&after=${first.body.next}`);
    const ids = [...first.body.items, ...second.body.items].map((deadLetter) => deadLetter.id);
    expect(new Set(ids).size).toBe(3);
    expect(second.body.next).toBeUndefined();
    expect(await send('POST', `/${id}/redrive?limit=2`)).toEqual({ status: 200, body: { id, redriven: 2 } });
    expect(await send('GET', `/${id}`)).toMatchObject({ body: { deadLettered: 1 } });
    await send('DELETE', `/${id}`);
  });

  it('takes an id in capitals for what it is: no lane of another name gets deliveries that it does not know', async () => {
    const { body } = await send<SubscriptionView>('POST', '', { events: ['order.confirmed'], deliver: email });
    const path = `/${body.id.toUpperCase()}/redrive`;
    expect(await send('POST', path)).toEqual({ status: 200, body: { id: body.id, redriven: 0 } });
    expect(woken.at(-1)).toBe(body.id);
    await send('DELETE', `/${body.id}`);
  });
});
