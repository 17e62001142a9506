import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { Progress } from '../report/progress.js';
import type { PlannedOrder, PlannedStep } from '../trade/planned-step.js';
import { HttpClient } from './http-client.js';
import { PersistentCaller } from './persistent-caller.js';
import { sendTrade, type SendOptions } from './send-trade.js';

interface Seen {
  readonly path: string;
  readonly key: string | undefined;
  readonly body: unknown;
}
type Answer = { status: number; body?: object; retryAfter?: string } | 'hang up';

let server: http.Server;
let client: HttpClient;
let seen: Seen[];
let answer: (seen: Seen, times: number) => Answer;

beforeEach(async () => {
  seen = [];
  answer = ({ key }) => ({ status: 202, body: { id: `id-of-${key}`, state: 'accepted' } });
  server = http.createServer((request, response) => void respond(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  client = new HttpClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, 4);
});

afterEach(async () => {
  client.close();
  await new Promise((resolve) => server.close(resolve));
});

async function respond(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  const key = request.headers['idempotency-key'] as string | undefined;
  const call = { path: request.url!, key, body: text === '' ? undefined : (JSON.parse(text) as unknown) };
  seen.push(call);
  const result = answer(call, seen.filter((other) => other.path === call.path && other.key === key).length);
  if (result === 'hang up') return void request.socket.destroy();
  if (result.retryAfter) response.setHeader('retry-after', result.retryAfter);
  response.writeHead(result.status).end(JSON.stringify(result.body ?? {}));
}

function anOrder(key: string): PlannedOrder {
  return { key, customerId: '5', lines: [{ sku: '11111', quantity: 2, unitPriceMinor: 255 }] };
}

function send(steps: PlannedStep[], options: Partial<SendOptions> = {}, patienceMs = 10_000) {
  const caller = new PersistentCaller(client, patienceMs);
  const progress = new Progress('test', steps.length, { write: () => true });
  const defaults = {
    via: 'api' as const,
    runId: 'run',
    checkPrices: false,
    caller,
    batchSize: 1,
    concurrency: 4,
    progress,
  };
  return sendTrade(steps, { ...defaults, ...options }).then((log) => ({ log, retries: caller.retries }));
}

describe('Sending trade', () => {
  it('sends each order under a key of the run and the invoice, and notes the id that it got', async () => {
    const { log } = await send([anOrder('1'), anOrder('2:2')]);
    expect(seen.map(({ path, key }) => `${path} ${key}`).toSorted()).toEqual([
      '/v1/orders run:1',
      '/v1/orders run:2:2',
    ]);
    expect(seen[0]!.body).toEqual({ customerId: '5', lines: [{ sku: '11111', quantity: 2 }] });
    expect(log.sent().map(({ id }) => id)).toEqual(['id-of-run:1', 'id-of-run:2:2']);
    expect(log.latenciesMs).toHaveLength(2);
  });

  it('sends the price of each line when prices are to be checked', async () => {
    await send([anOrder('1')], { checkPrices: true });
    expect(seen[0]!.body).toMatchObject({ lines: [{ seenUnitPriceMinor: 255 }] });
  });

  it('repeats a refused or broken request with the same key until it is accepted, and counts that', async () => {
    const answers: Answer[] = [{ status: 503, retryAfter: '0' }, 'hang up', { status: 500 }];
    const accept = answer;
    answer = (call, times) => answers[times - 1] ?? accept(call, times);
    const { log, retries } = await send([anOrder('1')]);
    expect(seen.map(({ key }) => key)).toEqual(['run:1', 'run:1', 'run:1', 'run:1']);
    expect(log.sent()).toHaveLength(1);
    expect(retries).toEqual({ '503': 1, ECONNRESET: 1, '500': 1 });
    expect(log.latenciesMs).toHaveLength(1);
  });

  it('gives up after its time, and then does not know whether the shop has the order', async () => {
    answer = () => ({ status: 503 });
    const { log } = await send([anOrder('1')], {}, 100);
    expect(log.notAccepted()).toEqual({ 'UNANSWERED 503': 1 });
    expect(log.sent()).toEqual([{ customerId: '5', lines: anOrder('1').lines }]);
  });

  it('takes no for an answer at once, with its code', async () => {
    answer = () => ({ status: 400, body: { code: 'ORDER.INVALID' } });
    const { log } = await send([anOrder('1')]);
    expect(seen).toHaveLength(1);
    expect(log.notAccepted()).toEqual({ 'ORDER.INVALID': 1 });
    expect(log.sent()).toEqual([]);
  });

  it('sends batches with a key for each order, and reads the result of each', async () => {
    answer = ({ body }) => ({
      status: 202,
      body: {
        items: (body as { idempotencyKey: string }[]).map(({ idempotencyKey: key }) =>
          key === 'run:2' ? { status: 422, code: 'ORDER.BAD' } : { id: `id-of-${key}`, state: 'accepted' },
        ),
      },
    });
    const { log } = await send(['1', '2', '3'].map(anOrder), { batchSize: 2 });
    expect(seen.map(({ path, body }) => [path, (body as unknown[]).length])).toEqual(
      expect.arrayContaining([
        ['/v1/orders/batch', 2],
        ['/v1/orders/batch', 1],
      ]),
    );
    expect(log.sent().map(({ id }) => id)).toEqual(['id-of-run:1', 'id-of-run:3']);
    expect(log.notAccepted()).toEqual({ 'ORDER.BAD': 1 });
  });

  it('cancels an order only when its id is known, however long that takes', async () => {
    const accept = answer;
    answer = (call, times) => (call.path === '/v1/orders' && times < 3 ? { status: 503 } : accept(call, times));
    const order = anOrder('1');
    const { log } = await send([order, { invoice: 'C1', cancels: order }]);
    expect(seen.at(-1)!.path).toBe('/v1/orders/id-of-run:1/cancellation');
    expect([...log.cancelledIds]).toEqual(['id-of-run:1']);
    expect(log.cancellationsSent).toBe(1);
  });

  it('notes why a cancellation is refused, and does not send one for an order that was not accepted', async () => {
    const [good, bad] = [anOrder('1'), anOrder('2')];
    const accept = answer;
    answer = (call, times) => {
      if (call.path.endsWith('/cancellation')) return { status: 409, body: { code: 'ORDER.NOT_CANCELLABLE' } };
      return call.key === 'run:2' ? { status: 400, body: { code: 'ORDER.BAD' } } : accept(call, times);
    };
    const { log } = await send([good, bad, { invoice: 'C1', cancels: good }, { invoice: 'C2', cancels: bad }]);
    expect(log.cancellationsRefused).toEqual({ 'ORDER.NOT_CANCELLABLE': 1, ORDER_NOT_ACCEPTED: 1 });
    expect(log.cancelledIds.size).toBe(0);
  });

  it('keeps to the rate that is asked for', async () => {
    const { log } = await send(['1', '2', '3', '4', '5'].map(anOrder), { ratePerSecond: 50 });
    expect(log.elapsedMs).toBeGreaterThanOrEqual(75);
  });
});
