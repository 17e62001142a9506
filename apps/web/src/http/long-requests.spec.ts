import { once } from 'node:events';
import { createServer, request, type ClientRequest, type IncomingMessage, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { allowLong, answerClientError, dropRest } from './long-requests.js';

const NEVER_MS = 60_000;

describe('A request that goes on longer than requests may', () => {
  let server: Server;
  let url: string;
  const calls: ClientRequest[] = [];

  /** A server that gives requests 100 ms, and a handler that answers how many bytes came. */
  const start = async (prepare: (incoming: IncomingMessage) => void): Promise<void> => {
    server = createServer({ requestTimeout: 100, connectionsCheckingInterval: 10 }, (incoming, response) => {
      prepare(incoming);
      incoming.once('error', () => undefined);
      text(incoming).then(
        (body) => response.end(String(body.length)),
        () => response.destroy(),
      );
    });
    server.on('clientError', answerClientError);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const begin = (): { call: ClientRequest; answer: Promise<IncomingMessage> } => {
    const call = request(url, { method: 'PUT' });
    calls.push(call);
    const answer = once(call, 'response').then(([response]) => response as IncomingMessage);
    call.write('12345');
    return { call, answer };
  };
  /** The server has found that the time is over. */
  const timeIsOver = (): Promise<unknown> => once(server, 'clientError');

  afterEach(() => {
    calls.splice(0).forEach((call) => call.on('error', () => undefined).destroy());
    server.closeAllConnections();
    server.close();
  });

  it('is answered with 408', async () => {
    await start(() => undefined);
    const response = await begin().answer;
    expect(response.statusCode).toBe(408);
    expect(response.headers['content-type']).toBe('application/problem+json');
    expect(JSON.parse(await text(response))).toMatchObject({ status: 408, code: 'REQUEST.TIMEOUT' });
  });

  it('goes on when it is allowed to, and leaves the connection to the requests after it', async () => {
    await start((incoming) => allowLong(incoming, NEVER_MS));
    const { call, answer } = begin();
    await timeIsOver();
    call.end('67890');
    expect(await text(await answer)).toBe('10');
    expect(await (await fetch(url, { method: 'PUT', body: 'abc' })).text()).toBe('3');
  });

  it('is cut off when nothing comes any more', async () => {
    await start((incoming) => allowLong(incoming, 20));
    await expect(begin().answer).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  it('is not cut off when all has come, however long the rest takes', async () => {
    let finish: () => void = () => undefined;
    server = createServer((incoming, response) => {
      allowLong(incoming, 20);
      incoming.resume().once('end', () => {
        expect(incoming.socket.timeout).toBe(0);
        finish = () => response.end('done');
        server.emit('all has come');
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { call, answer } = begin();
    call.end();
    await once(server, 'all has come');
    finish();
    expect(await text(await answer)).toBe('done');
  });

  it('is read to its end when it was refused, so that the sender hears the answer', async () => {
    server = createServer((incoming, response) => {
      dropRest(incoming);
      response.writeHead(403).end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const response = await fetch(url, { method: 'PUT', body: Buffer.alloc(5_000_000) });
    expect(response.status).toBe(403);
  });

  it('is answered with 431 when its headers are too large, and with 400 when it is no HTTP', async () => {
    await start(() => undefined);
    const large = await fetch(url, { headers: { large: 'x'.repeat(20_000) } });
    expect([large.status, ((await large.json()) as { code: string }).code]).toEqual([431, 'REQUEST.HEADERS_TOO_LARGE']);
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    socket.write('nonsense\r\n\r\n');
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n.*"code":"REQUEST.MALFORMED"/s);
  });
});
