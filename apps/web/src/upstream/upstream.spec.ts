import { text } from 'node:stream/consumers';
import { CircuitBreaker } from './circuit-breaker.js';
import { hang, answerJson, answerProblem, startStandIn, type StandIn } from '../testing/stand-in.js';
import { Upstream } from './upstream.js';

describe('The circuit breaker', () => {
  let nowMs = 0;
  const failThrice = (breaker: CircuitBreaker): boolean[] => [breaker.failed(), breaker.failed(), breaker.failed()];

  it('opens with the third failure in a row, and says so once', () => {
    const breaker = new CircuitBreaker(() => nowMs);
    breaker.failed();
    breaker.failed();
    breaker.succeeded();
    expect(failThrice(breaker)).toEqual([false, false, true]);
    expect(breaker.allows()).toBe(false);
    expect(breaker.failed()).toBe(false);
  });

  it('lets one call a second try, and closes when it succeeds', () => {
    const breaker = new CircuitBreaker(() => nowMs);
    failThrice(breaker);
    nowMs += 1_000;
    expect([breaker.allows(), breaker.allows()]).toEqual([true, false]);
    nowMs += 1_000;
    expect(breaker.allows()).toBe(true);
    breaker.succeeded();
    expect([breaker.allows(), breaker.allows()]).toEqual([true, true]);
  });
});

describe('An upstream', () => {
  let standIn: StandIn;
  let upstream: Upstream;

  beforeEach(async () => {
    standIn = await startStandIn();
    upstream = new Upstream({ name: 'test', baseUrl: `${standIn.url}/base/`, key: 'k' });
  });
  afterEach(async () => {
    upstream.onApplicationShutdown();
    await standIn.disappear();
  });

  it('gives the whole answer, over one kept connection', async () => {
    const ports = new Set<number | undefined>();
    standIn.behave((request, response) => {
      ports.add(request.socket.remotePort);
      answerJson({ path: request.url })(request, response);
    });
    for (let count = 0; count < 3; count++) {
      const { status, contentType, body } = await upstream.get('/things?x=1');
      expect([status, contentType, String(body)]).toEqual([
        200,
        'application/json; charset=utf-8',
        '{"path":"/base/things?x=1"}',
      ]);
    }
    expect(ports.size).toBe(1);
  });

  it('tells silence (504) from absence (503), and stops asking a dead service', async () => {
    standIn.behave(hang);
    await expect(upstream.get('/', { timeoutMs: 50 })).rejects.toMatchObject({ status: 504, code: 'UPSTREAM.TIMEOUT' });
    await standIn.disappear();
    for (let count = 0; count < 5; count++) {
      await expect(upstream.get('/')).rejects.toMatchObject({ status: 503, code: 'UPSTREAM.UNREACHABLE' });
    }
    await standIn.comeBack();
    const { length } = standIn.requests;
    await expect(upstream.get('/')).rejects.toMatchObject({ status: 503 });
    expect(standIn.requests).toHaveLength(length);
  });

  it('leaves a service in peace that says itself that it is not ready', async () => {
    standIn.behave(answerProblem(503));
    for (let count = 0; count < 3; count++) expect((await upstream.get('/')).status).toBe(503);
    await expect(upstream.get('/')).rejects.toMatchObject({ status: 503, code: 'UPSTREAM.UNREACHABLE' });
    expect(standIn.requests).toHaveLength(3);
  });

  it('blames no service for a caller in a hurry', async () => {
    standIn.behave(hang);
    for (let count = 0; count < 3; count++) {
      await expect(upstream.get('/', { timeoutMs: 20, hurried: true })).rejects.toMatchObject({ status: 504 });
    }
    standIn.behave(answerJson({}));
    expect((await upstream.get('/')).status).toBe(200);
  });

  it('repeats a read on a new connection when the kept ones were closed just then', async () => {
    const kept = new Set<unknown>();
    standIn.behave((request, response) => {
      kept.add(request.socket);
      answerJson({})(request, response);
    });
    await Promise.all([upstream.get('/'), upstream.get('/')]);
    let calls = 0;
    standIn.behave((request, response) => {
      calls += 1;
      if (kept.has(request.socket)) request.socket.resetAndDestroy();
      else answerJson({})(request, response);
    });
    expect((await upstream.get('/')).status).toBe(200);
    expect([kept.size, calls]).toEqual([2, 2]);
  });

  it('sends changes as JSON, and none when there is nothing to say', async () => {
    const seen: unknown[] = [];
    standIn.behave((incoming, response) => {
      const { method, url, headers } = incoming;
      void text(incoming).then((body) => {
        seen.push([method, url, headers['content-type'], headers['content-length'], body]);
        response.writeHead(201, { 'content-type': 'application/json' }).end('{"id":1}');
      });
    });
    const { status, body } = await upstream.send('POST', '/things', { name: 'Füller' });
    expect([status, String(body)]).toEqual([201, '{"id":1}']);
    await upstream.send('PUT', '/things/1', { name: '' });
    await upstream.send('DELETE', '/things/1');
    expect(seen).toEqual([
      ['POST', '/base/things', 'application/json', '18', '{"name":"Füller"}'],
      ['PUT', '/base/things/1', 'application/json', '11', '{"name":""}'],
      ['DELETE', '/base/things/1', undefined, undefined, ''],
    ]);
  });

  it('makes a change again only if twice is once', async () => {
    const kept = new Set<unknown>();
    const keepOne = async (): Promise<void> => {
      standIn.behave((request, response) => {
        kept.add(request.socket);
        answerJson({})(request, response);
      });
      await upstream.get('/');
      standIn.behave((request, response) => {
        if (kept.has(request.socket)) request.socket.resetAndDestroy();
        else answerJson({})(request, response);
      });
    };
    await keepOne();
    expect((await upstream.send('PUT', '/', {})).status).toBe(200);
    await keepOne();
    await expect(upstream.send('POST', '/', {})).rejects.toMatchObject({ status: 503, code: 'UPSTREAM.UNREACHABLE' });
    await keepOne();
    expect((await upstream.send('POST', '/', {}, { repeatable: true })).status).toBe(200);
  });
});
