import { OrderStage } from '../testing/order-stage.js';
import { answerJson, hang, type StandIn } from '../testing/stand-in.js';
import { until } from '../testing/web-under-test.js';

describe('An order whose final state a reader wants', () => {
  let stage: OrderStage;
  let orders: StandIn;

  beforeAll(async () => {
    stage = await OrderStage.start();
    ({ orders } = stage);
  });
  afterEach(() => stage.reset());
  afterAll(() => stage.stop());

  const place = (): Promise<string> => stage.place();
  const read = (id: string, init: RequestInit): Promise<Response> => stage.read(id, init);
  const wait = (seconds: number): RequestInit => ({ headers: { prefer: `respond-async, wait=${seconds}` } });

  it('is waited for at its owner, who is told how long', async () => {
    const id = await place();
    orders.behave(answerJson({ id, state: 'confirmed' }));
    const response = await read(id, wait(60));
    expect(response.headers.get('preference-applied')).toBe('wait=29');
    expect(orders.requests).toEqual([`GET /internal/orders/${id}?waitMs=29000`]);
  });

  it('is waited for until the order service is back', async () => {
    const id = await place();
    await orders.disappear();
    const waiting = read(id, wait(10));
    await expect(
      Promise.race([waiting.then(() => 'answered'), new Promise((resolve) => setTimeout(resolve, 300, 'waits'))]),
    ).resolves.toBe('waits');
    orders.behave(answerJson({ id, state: 'confirmed' }));
    await orders.comeBack();
    expect(await (await waiting).json()).toEqual({ id, state: 'confirmed' });
  });

  it('is shown as accepted when the time of a reader who waits is over', async () => {
    const id = await place();
    const started = performance.now();
    expect(await (await read(id, wait(1))).json()).toMatchObject({ state: 'accepted' });
    expect(performance.now() - started).toBeGreaterThan(900);
  });

  it('is waited for when the order service, which stops, answers before it is final', async () => {
    const id = await place();
    const states = ['accepted', 'accepted', 'confirmed'];
    orders.behave((request, response) => answerJson({ id, state: states.shift() })(request, response));
    expect(await (await read(id, wait(10))).json()).toEqual({ id, state: 'confirmed' });
    expect(orders.requests).toHaveLength(3);
  });

  it('is not waited for beyond the time when the order service hangs', async () => {
    const id = await place();
    orders.behave(hang);
    const started = performance.now();
    expect(await (await read(id, wait(1))).json()).toMatchObject({ id, state: 'accepted' });
    expect(performance.now() - started).toBeLessThan(6_000);
  });

  it('is not asked for any more when a reader who waits has gone', async () => {
    const id = await place();
    let dropped = false;
    orders.behave((_request, response) => response.once('close', () => (dropped = true)));
    const controller = new AbortController();
    const reading = read(id, { ...wait(20), signal: controller.signal });
    await until(() => orders.requests.length === 1);
    controller.abort();
    await expect(reading).rejects.toThrow();
    await until(() => dropped);
    expect(orders.requests).toHaveLength(1);
  });

  it('is shown to a reader who waits when the web tier stops', async () => {
    const id = await place();
    const stopping = await stage.replica();
    const reading = fetch(`${stopping.url}/v1/orders/${id}`, { headers: { prefer: 'wait=20', connection: 'close' } });
    orders.behave((request, response) => {
      if (!request.url?.includes('waitMs')) answerJson({ id, state: 'accepted', from: 'orders' })(request, response);
    });
    await until(() => orders.requests.length === 1);
    await Promise.all([
      stopping.stop(),
      expect(reading.then((response) => response.json())).resolves.toMatchObject({ from: 'orders' }),
    ]);
  });
});
