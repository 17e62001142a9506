import { ORDERS_PLACE_QUEUE, placeOrder, type PlaceOrder } from '@looseleaf/contracts';
import { WebStage } from '../testing/web-stage.js';
import { problemOf, takeAll, type WebUnderTest } from '../testing/web-under-test.js';

const pen = { lines: [{ sku: 'PEN-1', quantity: 2, seenUnitPriceMinor: 250 }] };
const ink = { customerId: 'c-17', email: 'ada@example.com', lines: [{ sku: 'INK-1', quantity: 1 }] };

describe('Placing an order', () => {
  let stage: WebStage;
  let web: WebUnderTest;
  let replica: WebUnderTest;

  beforeAll(async () => {
    stage = await WebStage.start();
    [web, replica] = [await stage.replica(), await stage.replica()];
  });
  afterAll(() => stage.stop());

  const post = (path: string, body: unknown, headers: Record<string, string> = {}, to = web): Promise<Response> =>
    fetch(`${to.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  const place = (body: unknown, key?: string, to = web): Promise<Response> =>
    post('/v1/orders', body, key === undefined ? {} : { 'idempotency-key': key }, to);
  const queued = async (atLeast: number): Promise<PlaceOrder[]> =>
    (await takeAll(stage.broker, ORDERS_PLACE_QUEUE, atLeast)).map(({ body }) => placeOrder.schema.parse(body));

  // What a failed test left in the queue is not the next one's.
  afterEach(() => queued(0));

  it('answers 202 with the address of an order that is in the queue', async () => {
    const response = await place(ink);
    expect(response.status).toBe(202);
    const answer = (await response.json()) as { id: string; acceptedAt: string };
    expect(answer).toEqual({ id: expect.any(String), state: 'accepted', acceptedAt: expect.any(String) });
    expect(response.headers.get('location')).toBe(`/v1/orders/${answer.id}`);
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(await queued(1)).toEqual([{ orderId: answer.id, ...ink, acceptedAt: answer.acceptedAt }]);
  });

  it('shows an accepted order without its owner, on the replica that took it and on any other', async () => {
    const { id, acceptedAt } = (await (await place(pen)).json()) as { id: string; acceptedAt: string };
    const history = [{ state: 'accepted', at: acceptedAt }];
    expect(await (await fetch(`${web.url}/v1/orders/${id}`)).json()).toEqual({
      id,
      state: 'accepted',
      acceptedAt,
      ...pen,
      history,
    });
    const elsewhere = await fetch(`${replica.url}/v1/orders/${id}`);
    expect(elsewhere.headers.get('looseleaf-served-by')).toBe('web');
    expect(await elsewhere.json()).toEqual({ id, state: 'accepted', acceptedAt, history });
    await queued(1);
  });

  it('names every fault with its place, and puts nothing into the queue', async () => {
    const response = await place({
      email: 'nobody',
      lines: [
        { sku: '', quantity: 0 },
        { sku: 'a\u0000', quantity: 1.5 },
      ],
    });
    const problem = await problemOf(response);
    expect(problem).toMatchObject({ status: 400, code: 'REQUEST.INVALID' });
    expect(problem.errors?.map(({ pointer }) => pointer)).toEqual([
      '/email',
      '/lines/0/sku',
      '/lines/0/quantity',
      '/lines/1/sku',
      '/lines/1/quantity',
    ]);
    const stats = await stage.broker.administration.stats();
    expect(stats.find(({ queue }) => queue === ORDERS_PLACE_QUEUE)?.depth).toBe(0);
  });

  it.each([
    ['no lines', { lines: [] }, 400, 'ORDER.LINES_EMPTY'],
    ['101 lines', { lines: Array.from({ length: 101 }, () => pen.lines[0]) }, 400, 'ORDER.LINES_TOO_MANY'],
    ['half a surrogate pair', '{"lines":[{"sku":"\\ud83d","quantity":1}]}', 400, 'REQUEST.INVALID'],
    ['no JSON', '{"lines":', 400, 'REQUEST.MALFORMED_JSON'],
    ['nothing', '', 400, 'REQUEST.INVALID'],
    ['more than 10 MiB', ' '.repeat(10 * 1024 * 1024 + 1), 413, 'REQUEST.TOO_LARGE'],
  ])('refuses a body with %s', async (_what, body, status, code) => {
    expect(await problemOf(await place(body))).toMatchObject({ status, code });
  });

  it('refuses bodies that are not JSON by their type', async () => {
    for (const type of ['text/plain', 'text/csv', 'application/x-www-form-urlencoded', 'application/xml']) {
      const response = await post('/v1/orders', 'lines=1', { 'content-type': type });
      expect(await problemOf(response)).toMatchObject({ status: 415, code: 'REQUEST.MEDIA_TYPE' });
    }
  });

  it('makes one order of a key that is sent again and again, at once and on two replicas', async () => {
    const responses = await Promise.all([
      ...Array.from({ length: 10 }, () => place(pen, 'key 1')),
      ...Array.from({ length: 10 }, () => place(pen, 'key 1', replica)),
    ]);
    responses.push(await place({ ...pen, unknown: 'field' }, 'key 1'));
    expect(responses.map(({ status }) => status)).toEqual(responses.map(() => 202));
    const answers = await Promise.all(
      responses.map(async (response) => (await response.json()) as { id: string; acceptedAt: string }),
    );
    expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
    expect(answers.at(-1)).toEqual(answers[0]);
    const messages = await queued(2);
    // One from each replica: their consumer knows them by the id and the digest.
    expect(messages).toHaveLength(2);
    expect(new Set(messages.map(({ orderId, requestDigest }) => `${orderId} ${requestDigest}`)).size).toBe(1);
  });

  it('refuses another order under a used key, and a key that is no key', async () => {
    expect((await place(pen, 'key 2')).status).toBe(202);
    expect(await problemOf(await place(ink, 'key 2'))).toMatchObject({ status: 422, code: 'IDEMPOTENCY.KEY_REUSED' });
    expect((await place(ink, 'key 3')).status).toBe(202);
    for (const key of ['k'.repeat(256), 'schlüssel', '']) {
      expect(await problemOf(await place(pen, key))).toMatchObject({ status: 400, code: 'IDEMPOTENCY.KEY_INVALID' });
    }
    expect((await place(pen, 'k'.repeat(255))).status).toBe(202);
    expect(await queued(3)).toHaveLength(3);
  });

  it('answers a batch with one result an order, in order, and queues the valid ones', async () => {
    const entries = [
      pen,
      { lines: [] },
      { ...ink, idempotencyKey: 'b1' },
      7,
      { ...ink, idempotencyKey: 'b1' },
      { ...pen, idempotencyKey: 'b1' },
    ];
    const response = await post('/v1/orders/batch', entries);
    expect(response.status).toBe(202);
    const { items } = (await response.json()) as { items: Record<string, unknown>[] };
    expect(items.map(({ state, code }) => state ?? code)).toEqual([
      'accepted',
      'ORDER.LINES_EMPTY',
      'accepted',
      'REQUEST.INVALID',
      'accepted',
      'IDEMPOTENCY.KEY_REUSED',
    ]);
    expect(items[1]).toMatchObject({ status: 400, errors: [{ pointer: '/1/lines', detail: expect.any(String) }] });
    expect(items[4]).toEqual(items[2]);
    const messages = await queued(2);
    expect(messages.map(({ orderId }) => orderId).sort()).toEqual([items[0]?.id, items[2]?.id].sort());
  });

  it('takes 500 orders in a batch and no more', async () => {
    const orders = Array.from({ length: 501 }, () => pen);
    expect(await problemOf(await post('/v1/orders/batch', orders))).toMatchObject({
      status: 400,
      code: 'BATCH.TOO_LARGE',
    });
    expect(await problemOf(await post('/v1/orders/batch', []))).toMatchObject({ status: 400, code: 'BATCH.EMPTY' });
    const response = await post('/v1/orders/batch', orders.slice(1));
    expect(((await response.json()) as { items: unknown[] }).items).toHaveLength(500);
    expect(await queued(500)).toHaveLength(500);
  });

  it('answers 503 in time when the broker is away, and takes orders again when it is back', async () => {
    const impatient = await stage.replica({ sendTimeoutMs: 500 });
    await stage.postgres.shutDown();
    const started = performance.now();
    const refused = await Promise.all([
      place(pen, undefined, impatient),
      place(pen, 'key 4', impatient),
      place(pen, 'key 4', impatient),
      post('/v1/orders/batch', [pen, { lines: [] }], {}, impatient),
    ]);
    // Far less than the 5 s that the others would take.
    expect(performance.now() - started).toBeLessThan(4_000);
    for (const response of refused) {
      expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
      expect((await problemOf(response)).status).toBe(503);
    }
    await stage.postgres.start();
    const [first, second] = [await place(pen, undefined, impatient), await place(pen, 'key 4')];
    expect([first.status, second.status]).toEqual([202, 202]);
    const { id } = (await first.json()) as { id: string };
    expect((await queued(2)).map(({ orderId }) => orderId)).toContain(id);
    await impatient.stop();
  });
});
