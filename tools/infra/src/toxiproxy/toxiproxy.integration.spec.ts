import { once } from 'node:events';
import net, { type AddressInfo, type Server, type Socket } from 'node:net';
import { eventually } from '../eventually.js';
import { whereAvailable } from '../programs/where-available.js';
import { toxiproxyProgram } from './toxiproxy-program.js';
import { startToxiproxy, type OpenProxy, type Toxiproxy } from './toxiproxy.js';

const describeWithToxiproxy = await whereAvailable(describe, toxiproxyProgram);

describeWithToxiproxy('Toxiproxy', () => {
  let echo: Server;
  let toxiproxy: Toxiproxy;
  let proxy: OpenProxy;
  let healthy: OpenProxy;
  const clients: Socket[] = [];

  beforeAll(async () => {
    echo = net.createServer((socket) => socket.on('error', () => undefined).pipe(socket)).listen(0, '127.0.0.1');
    await once(echo, 'listening');
    toxiproxy = await startToxiproxy();
    const upstream = `127.0.0.1:${(echo.address() as AddressInfo).port}`;
    proxy = await toxiproxy.createProxy('echo', upstream);
    healthy = await toxiproxy.createProxy('healthy', upstream);
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.destroy();
    await toxiproxy.reset();
  });
  afterAll(async () => {
    await toxiproxy.stop();
    echo.close();
  });

  async function connect(to: OpenProxy = proxy): Promise<Socket> {
    const client = net.connect(to.port, '127.0.0.1').on('error', () => undefined);
    clients.push(client);
    await once(client, 'connect');
    return client;
  }

  /** How long a word takes there and back. */
  async function roundTripMs(client: Socket): Promise<number> {
    const startedAtMs = performance.now();
    client.write('word');
    await once(client, 'data');
    return performance.now() - startedAtMs;
  }

  it('passes everything on, late when it is told to, each way, and in time again', async () => {
    const client = await connect();
    await roundTripMs(client);
    const remove = await proxy.add({ type: 'latency', latencyMs: 150 });
    expect(await roundTripMs(client)).toBeGreaterThanOrEqual(290);
    await remove();
    await eventually(async () => expect(await roundTripMs(client)).toBeLessThan(150));
  });

  it('keeps a connection open and silent, as a network does that is parted', async () => {
    const client = await connect();
    await roundTripMs(client);
    await proxy.add({ type: 'timeout', timeoutMs: 0 }, ['downstream']);
    client.write('word');
    let received = 0;
    client.on('data', () => received++);
    const other = await connect(healthy);
    for (let trip = 0; trip < 3; trip++) await roundTripMs(other);
    expect([received, client.readyState]).toEqual([0, 'open']);
  });

  it('resets connections', async () => {
    await proxy.add({ type: 'reset', afterMs: 0 });
    const client = await connect();
    client.write('word');
    await expect(once(client, 'close')).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  it('ends every connection when it is down, refuses new ones, and takes them again when it is up', async () => {
    const client = await connect();
    await roundTripMs(client);
    await Promise.all([once(client, 'close'), proxy.down()]);
    await expect(connect()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await proxy.up();
    expect(await roundTripMs(await connect())).toBeGreaterThan(0);
  });

  it('says what it refuses', async () => {
    await expect(toxiproxy.createProxy('echo', '127.0.0.1:1')).rejects.toMatchObject({
      code: 'TOXIPROXY.REFUSED',
      message: expect.stringContaining('already exists'),
    });
  });
});
