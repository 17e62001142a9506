import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ShopClient, type ShopClientOptions } from './shop-client.js';

interface Reply {
  readonly status: number;
  readonly body: unknown;
}

describe('A client of a shop', () => {
  let server: Server;
  /** The last one stays. */
  let replies: Reply[];
  const requests: IncomingMessage[] = [];
  beforeEach(async () => {
    requests.length = 0;
    server = createServer((request, response) => {
      requests.push(request);
      const { status, body } = replies.length > 1 ? replies.shift()! : replies[0]!;
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(() => {
    server.close();
    server.closeAllConnections();
  });

  const client = (options: Partial<ShopClientOptions> = {}): ShopClient =>
    new ShopClient({
      webUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      patienceMs: 60_000,
      ...options,
    });
  const ok = (body: unknown): Reply => ({ status: 200, body });
  const problem = (status: number): Reply => ({ status, body: { code: 'SHOP.SAYS_NO' } });

  it('calls again while the shop cannot answer at present', async () => {
    replies = [problem(503), problem(500), ok({ id: '1' })];
    expect(await client().get('/v1/orders/1')).toEqual({ id: '1' });
    expect(requests).toHaveLength(3);
  });

  it('does not call again after a refusal, and says what was refused, and how', async () => {
    replies = [problem(404)];
    await expect(client().get('/v1/orders/1')).rejects.toMatchObject({
      code: 'SHOP.REFUSED',
      message: expect.stringMatching(/^GET http:.*\/v1\/orders\/1: 404 .*SHOP\.SAYS_NO/),
    });
    expect(requests).toHaveLength(1);
  });

  it('calls again after what it was told to be passing', async () => {
    replies = [problem(404), ok({ id: '1' })];
    expect(await client({ isPassing: (status) => status === 404 }).get('/v1/orders/1')).toEqual({ id: '1' });
    replies = [problem(503)];
    await expect(client({ isPassing: (status) => status === 404 }).get('/')).rejects.toMatchObject({
      code: 'SHOP.REFUSED',
    });
  });

  it('ends with what kept the answer away when its patience does', async () => {
    replies = [problem(503)];
    await expect(client({ patienceMs: 0 }).get('/')).rejects.toMatchObject({
      code: 'SHOP.AWAY',
      message: expect.stringContaining('503'),
    });
    const away = client({ patienceMs: 0 });
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
    await expect(away.get('/')).rejects.toMatchObject({
      code: 'SHOP.AWAY',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });

  it('sends what is posted with its type, as the operator where it is one', async () => {
    replies = [{ status: 202, body: { id: '1' } }];
    expect(await client({ operatorKey: 'k' }).post('/v1/stock-files', 'a,b', 'text/csv')).toEqual({ id: '1' });
    expect(requests[0]).toMatchObject({
      method: 'POST',
      headers: { 'content-type': 'text/csv', authorization: 'Bearer k' },
    });
    await client().post('/v1/orders', '{}');
    expect(requests[1]!.headers).toMatchObject({ 'content-type': 'application/json' });
    expect(requests[1]!.headers).not.toHaveProperty('authorization');
  });

  it('reads a list to its end', async () => {
    replies = [ok({ items: [1, 2], next: 'a b' }), ok({ items: [3] })];
    expect(await client().list('/v1/orders?limit=2')).toEqual([1, 2, 3]);
    expect(requests.map(({ url }) => url)).toEqual(['/v1/orders?limit=2', '/v1/orders?limit=2&after=a%20b']);
  });
});
