import { cancelOrder, ORDERS_PLACE_QUEUE } from '@looseleaf/contracts';
import { OrderStage, PEN } from '../testing/order-stage.js';
import { answerJson, answerProblem, hang, type Behaviour, type StandIn } from '../testing/stand-in.js';
import { INTERNAL_KEY, problemOf, takeAll } from '../testing/web-under-test.js';

describe('An accepted order', () => {
  let stage: OrderStage;
  let orders: StandIn;

  beforeAll(async () => {
    stage = await OrderStage.start();
    ({ orders } = stage);
  });
  afterEach(() => stage.reset());
  afterAll(() => stage.stop());

  const place = (): Promise<string> => stage.place();
  const read = (id: string): Promise<Response> => stage.read(id);
  const cancel = (id: string): Promise<Response> =>
    fetch(`${stage.web.url}/v1/orders/${id}/cancellation`, { method: 'POST' });

  it('is shown as its owner shows it', async () => {
    const id = await place();
    const view = { id, state: 'confirmed', lines: [{ ...PEN, unitPriceMinor: 250 }], totalMinor: 500, history: [] };
    let authorization: string | undefined;
    orders.behave((request, response) => {
      ({ authorization } = request.headers);
      response.setHeader('cache-status', 'looseleaf-orders; hit; ttl=59');
      answerJson(view)(request, response);
    });
    const response = await read(id);
    expect(await response.json()).toEqual(view);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'looseleaf-served-by': 'orders',
      'cache-control': 'no-store',
      'cache-status': 'looseleaf-orders; hit; ttl=59, looseleaf-web; fwd=bypass',
    });
    expect(orders.requests).toEqual([`GET /internal/orders/${id}`]);
    expect(authorization).toBe(`Bearer ${INTERNAL_KEY}`);
  });

  const outages: [string, Behaviour][] = [
    ['has not recorded it yet', answerProblem(404)],
    ['fails', answerProblem(500)],
    ['is not ready', answerProblem(503)],
    ['refuses the key', answerProblem(401)],
    ['answers something else', (_request, response) => response.end('<html>')],
    [
      'breaks off',
      (_request, response) =>
        void response
          .writeHead(200, { 'content-type': 'application/json', 'content-length': 99 })
          .write('{', () => response.destroy()),
    ],
    ['hangs', hang],
  ];
  it.each(outages)('is shown as accepted while the order service %s', async (_what, behaviour) => {
    const id = await place();
    orders.behave(behaviour);
    const response = await read(id);
    expect(response.status).toBe(200);
    expect(response.headers.get('looseleaf-served-by')).toBe('web');
    expect(response.headers.get('cache-status')).toBe('looseleaf-web; hit; detail=acceptance');
    expect(await response.json()).toMatchObject({
      id,
      state: 'accepted',
      lines: [PEN],
      history: [{ state: 'accepted' }],
    });
  });

  it('is shown at once while the order service is gone', async () => {
    const id = await place();
    await orders.disappear();
    for (let count = 0; count < 20; count++) expect(await (await read(id)).json()).toMatchObject({ state: 'accepted' });
    const started = performance.now();
    await read(id);
    expect(performance.now() - started).toBeLessThan(1_900);
  });

  it('is not waited for when the order service hangs for one reader after the other', async () => {
    const id = await place();
    orders.behave(hang);
    await Promise.all([read(id), read(id), read(id)]);
    const started = performance.now();
    expect((await read(id)).status).toBe(200);
    expect(performance.now() - started).toBeLessThan(1_900);
  });

  it('exists only if it was issued', async () => {
    const id = await place();
    const forged = id.slice(0, -1) + (id.endsWith('0') ? '1' : '0');
    for (const unknown of [forged, 'abc', '00000000-0000-8000-8000-000000000000']) {
      expect(await problemOf(await read(unknown))).toMatchObject({ status: 404, code: 'ORDER.UNKNOWN' });
      expect(await problemOf(await cancel(unknown))).toMatchObject({ status: 404, code: 'ORDER.UNKNOWN' });
    }
    expect(orders.requests).toEqual([]);
  });

  it('can be cancelled, also while the order service is gone', async () => {
    const id = await place();
    orders.behave(answerJson({ id, state: 'confirmed' }));
    expect((await cancel(id)).status).toBe(202);
    await orders.disappear();
    const response = await cancel(id);
    expect(response.status).toBe(202);
    expect(response.headers.get('location')).toBe(`/v1/orders/${id}`);
    const messages = await takeAll(stage.broker, ORDERS_PLACE_QUEUE, 3);
    expect(messages.filter(({ groupKey }) => groupKey === id).map(({ name }) => name)).toEqual([
      'order.place',
      cancelOrder.name,
      cancelOrder.name,
    ]);
  });

  it('cannot be cancelled once it was rejected, and need not be once it was cancelled', async () => {
    const id = await place();
    await takeAll(stage.broker, ORDERS_PLACE_QUEUE, 1);
    orders.behave(answerJson({ id, state: 'rejected' }));
    expect(await problemOf(await cancel(id))).toMatchObject({ status: 409, code: 'ORDER.NOT_CANCELLABLE' });
    orders.behave(answerJson({ id, state: 'cancelled' }));
    expect((await cancel(id)).status).toBe(202);
    const stats = await stage.broker.administration.stats();
    expect(stats.find(({ queue }) => queue === ORDERS_PLACE_QUEUE)?.depth).toBe(0);
  });

  it('is listed by its owner, whose absence, silence and failure are told apart', async () => {
    const list = (query = ''): Promise<Response> => fetch(`${stage.web.url}/v1/orders${query}`);
    const page = { items: [{ id: 'x', state: 'accepted', history: [] }], next: 'n' };
    orders.behave(answerJson(page));
    expect(await (await list('?customerId=c%26d&state=accepted&after=n&limit=5&other=1')).json()).toEqual(page);
    expect(orders.requests.at(-1)).toBe('GET /internal/orders?customerId=c%26d&state=accepted&after=n&limit=5');
    expect(await problemOf(await list('?limit=0&state=lost'))).toMatchObject({
      status: 400,
      errors: [{ pointer: 'state' }, { pointer: 'limit' }],
    });
    orders.behave(answerProblem(400, 'CURSOR.INVALID'));
    expect(await problemOf(await list('?after=x'))).toMatchObject({ status: 400, code: 'CURSOR.INVALID' });
    orders.behave(answerProblem(500));
    expect(await problemOf(await list())).toMatchObject({ status: 502, code: 'UPSTREAM.BAD_ANSWER' });
    await orders.disappear();
    const refused = await list();
    expect(refused.headers.has('retry-after')).toBe(true);
    expect(await problemOf(refused)).toMatchObject({ status: 503, code: 'UPSTREAM.UNREACHABLE' });
  });
});
