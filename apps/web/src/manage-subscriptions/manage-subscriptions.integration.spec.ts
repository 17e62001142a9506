import { text } from 'node:stream/consumers';
import { answerJson, answerProblem, type Behaviour, type StandIn } from '../testing/stand-in.js';
import { INTERNAL_KEY, OPERATOR_KEY, problemOf, type WebUnderTest } from '../testing/web-under-test.js';
import { WebStage } from '../testing/web-stage.js';

const ID = '01a1fe0d-7811-8000-aaf2-61d90e207ce2';
const request = {
  events: ['stock.depleted'],
  filter: { store: [{ prefix: 'Ber' }] },
  deliver: { email: 'manager@shop.example' },
};
const subscription = { id: ID, ...request, createdAt: '2026-11-21T12:00:00.000Z', deadLettered: 0 };

describe('Subscriptions', () => {
  let stage: WebStage;
  let web: WebUnderTest;
  let notifier: StandIn;

  beforeAll(async () => {
    stage = await WebStage.start();
    notifier = await stage.standIn();
    web = await stage.replica({ notifierUrl: notifier.url });
  });
  afterAll(() => stage.stop());

  const call = (
    method: string,
    path = '',
    body?: unknown,
    { key = OPERATOR_KEY, headers = {} }: { key?: string; headers?: Record<string, string> } = {},
  ): Promise<Response> =>
    fetch(`${web.url}/v1/subscriptions${path}`, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  const every: readonly [string, string, unknown?][] = [
    ['POST', '', request],
    ['GET', ''],
    ['GET', `/${ID}`],
    ['DELETE', `/${ID}`],
    ['GET', `/${ID}/dead-letters`],
    ['POST', `/${ID}/redrive`],
  ];

  it('are made by the notifier, which is told what was asked for and who asks', async () => {
    const seen: unknown[] = [];
    const answer: Behaviour = (incoming, response) => {
      void text(incoming).then((body) => {
        seen.push(incoming.headers.authorization, JSON.parse(body));
        response.writeHead(201, { 'content-type': 'application/json' }).end(JSON.stringify(subscription));
      });
    };
    notifier.behave(answer);
    const response = await call('POST', '', { ...request, unknown: 1 });
    expect([response.status, response.headers.get('location')]).toEqual([201, `/v1/subscriptions/${ID}`]);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.json()).toEqual(subscription);
    expect(seen).toEqual([`Bearer ${INTERNAL_KEY}`, request]);
    expect(notifier.requests.at(-1)).toBe('POST /internal/subscriptions');
  });

  it('have one id for one Idempotency-Key, under which the notifier makes one of them', async () => {
    const subscribe = async (key: string): Promise<string | undefined> => {
      await call('POST', '', request, { headers: { 'idempotency-key': key } });
      return notifier.requests.at(-1);
    };
    const [one, again, other] = [await subscribe('one'), await subscribe('one'), await subscribe('other')];
    expect(one).toMatch(/^PUT \/internal\/subscriptions\/[\da-f-]{36}$/);
    expect(again).toBe(one);
    expect(other).not.toBe(one);
    expect(await problemOf(await call('POST', '', request, { headers: { 'idempotency-key': ' ' } }))).toMatchObject({
      status: 400,
      code: 'IDEMPOTENCY.KEY_INVALID',
    });
    notifier.behave(answerProblem(422, 'IDEMPOTENCY.KEY_REUSED'));
    const reused = await call('POST', '', request, { headers: { 'idempotency-key': 'one' } });
    expect(await problemOf(reused)).toMatchObject({ status: 422, code: 'IDEMPOTENCY.KEY_REUSED' });
  });

  it('are read, ended and redriven where the notifier keeps them', async () => {
    const answers: unknown[] = [];
    for (const [method, path, asked] of [
      ['GET', '?after=x&limit=2', '/internal/subscriptions?after=x&limit=2'],
      ['GET', `/${ID}`, `/internal/subscriptions/${ID}`],
      ['GET', `/${ID}/dead-letters?limit=1`, `/internal/subscriptions/${ID}/dead-letters?limit=1`],
      ['POST', `/${ID}/redrive?limit=5`, `/internal/subscriptions/${ID}/redrive?limit=5`],
    ] as const) {
      notifier.behave(answerJson({ asked }));
      const response = await call(method, path);
      answers.push([response.status, await response.json(), notifier.requests.at(-1)]);
      expect(answers.at(-1)).toEqual([200, { asked }, `${method} ${asked}`]);
    }
    notifier.behave((_request, response) => response.writeHead(204).end());
    const deleted = await call('DELETE', `/${ID}`);
    expect([deleted.status, await deleted.text()]).toEqual([204, '']);
    expect(notifier.requests.at(-1)).toBe(`DELETE /internal/subscriptions/${ID}`);
  });

  it('are for operators only', async () => {
    const { length } = notifier.requests;
    for (const [method, path, body] of every) {
      const response = await call(method, path, body, { key: 'a guess' });
      expect(await problemOf(response)).toMatchObject({ status: 401, code: 'AUTH.REQUIRED' });
    }
    expect(notifier.requests).toHaveLength(length);
  });

  it('are checked at the front door: what is faulty reaches nobody', async () => {
    const { length } = notifier.requests;
    expect(await problemOf(await call('POST', '', { ...request, events: ['stock.stolen'] }))).toMatchObject({
      status: 400,
      code: 'REQUEST.INVALID',
      errors: [{ pointer: '/events/0' }],
    });
    const filter = { store: [{ suffix: 'x' }] };
    expect(await problemOf(await call('POST', '', { ...request, filter }))).toMatchObject({
      errors: [{ pointer: '/filter/store/0', detail: expect.stringContaining('prefix') }],
    });
    for (const path of ['?limit=0', '?limit=501', `/${ID}/redrive?limit=x`, `/${ID}/dead-letters?limit=-1`]) {
      expect((await problemOf(await call(path.includes('redrive') ? 'POST' : 'GET', path))).status).toBe(400);
    }
    for (const [method, path] of every.filter(([, each]) => each !== '')) {
      const problem = await problemOf(await call(method, path.replace(ID, '..%2Forders')));
      expect(problem).toMatchObject({ status: 404, code: 'SUBSCRIPTION.UNKNOWN' });
    }
    expect(notifier.requests).toHaveLength(length);
  });

  it('say what the notifier says against a request, and 502 when it fails', async () => {
    for (const status of [400, 404, 409]) {
      notifier.behave(answerProblem(status, 'SUBSCRIPTION.SAID'));
      for (const [method, path, body] of every) {
        const problem = await problemOf(await call(method, path, body));
        expect(problem).toMatchObject({ status, code: 'SUBSCRIPTION.SAID' });
      }
    }
    for (const status of [401, 500]) {
      notifier.behave(answerProblem(status));
      for (const [method, path, body] of every) {
        expect(await problemOf(await call(method, path, body))).toMatchObject({
          status: 502,
          code: 'UPSTREAM.BAD_ANSWER',
        });
      }
    }
  });

  it('answer 503 with the time to wait while the notifier is away', async () => {
    await notifier.disappear();
    for (const [method, path, body] of every) {
      const response = await call(method, path, body);
      expect(response.headers.get('retry-after')).toBe('2');
      expect(await problemOf(response)).toMatchObject({ status: 503, code: 'UPSTREAM.UNREACHABLE' });
    }
    await notifier.comeBack();
  });
});
