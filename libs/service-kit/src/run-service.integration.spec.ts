import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent, get, type IncomingMessage, type RequestOptions } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { AddressInfo } from 'node:net';

// A service of its own process, on the built package: what a signal does cannot be seen from inside.
const SERVICE = `
import { Controller, Get, Module } from '@nestjs/common';
import { baseConfigSchema, createLogger, loadConfig, runMain, runService } from '@looseleaf/service-kit';
const decorate = (target, ...decorators) => decorators.forEach((decorator) => decorator(target));
class SlowController {
  async slow() { await new Promise((resolve) => setTimeout(resolve, 300)); return { finished: true }; }
}
Get('/slow')(SlowController.prototype, 'slow', Object.getOwnPropertyDescriptor(SlowController.prototype, 'slow'));
decorate(SlowController, Controller());
class AppModule {}
decorate(AppModule, Module({ controllers: [SlowController] }));
runMain(async () => {
  const config = loadConfig(baseConfigSchema);
  let sick = '';
  process.on('message', (message) => { sick = message; });
  const check = (name) => async () => { if (sick === name) throw new Error('gone'); };
  await runService({
    name: 'test', config, logger: createLogger('test', 'silent'), module: AppModule,
    checks: { database: check('database') },
    partialChecks: { objects: check('objects') },
    onClose: async () => {},
  });
  process.send('up');
});
`;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

describe('A service', () => {
  let directory: string;
  let child: ChildProcess;
  let base: string;
  let management: string;
  let delayMs = '0';

  beforeEach(async () => {
    directory = await mkdtemp(join(import.meta.dirname, '..', 'dist', 'service-'));
    await writeFile(join(directory, 'main.js'), SERVICE);
    const [port, managementPort] = [await freePort(), await freePort()];
    base = `http://127.0.0.1:${port}`;
    management = `http://127.0.0.1:${managementPort}`;
    child = fork(join(directory, 'main.js'), {
      execPath: process.execPath,
      env: {
        ...process.env,
        NODE_OPTIONS: '',
        PORT: String(port),
        MANAGEMENT_PORT: String(managementPort),
        SHUTDOWN_DELAY_MS: delayMs,
      },
    });
    await once(child, 'message');
  });

  afterEach(async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    await rm(directory, { recursive: true });
  });

  it('stays alive and stops being ready while a dependency is away, and is ready again when it is back', async () => {
    expect((await fetch(`${management}/readyz`)).status).toBe(200);
    child.send('database');
    const readyz = async (): Promise<Response> => fetch(`${management}/readyz`);
    let answer = await readyz();
    while (answer.status === 200) answer = await readyz();
    expect(await answer.json()).toMatchObject({ status: 'not ready', checks: { database: 'gone' } });
    expect((await fetch(`${management}/livez`)).status).toBe(200);
    child.send('nothing');
    while (answer.status !== 200) answer = await readyz();
  });

  it('stays ready, and says what is missing, while only a part of it cannot work', async () => {
    child.send('objects');
    const readyz = async (): Promise<Response> => fetch(`${management}/readyz`);
    const bodyOf = async (answer: Response): Promise<{ status: string }> => (await answer.json()) as { status: string };
    let answer = await readyz();
    let body = await bodyOf(answer);
    while (body.status === 'ok') body = await bodyOf((answer = await readyz()));
    expect(answer.status).toBe(200);
    expect(body).toEqual({ status: 'degraded', checks: { database: 'ok', objects: 'gone' } });
  });

  it('exposes metrics in the Prometheus format, the number of its requests among them', async () => {
    await fetch(`${base}/slow`);
    await fetch(`${base}/nothing`);
    const metrics = await (await fetch(`${management}/metrics`)).text();
    expect(metrics).toContain('process_cpu_user_seconds_total');
    expect(metrics).toContain('looseleaf_http_requests_total 2\n');
  });

  it('finishes the request it holds on SIGTERM, and exits with 0', async () => {
    const slow = fetch(`${base}/slow`);
    await fetch(`${base}/nothing`); // the request before it has arrived
    child.kill('SIGTERM');
    expect(await (await slow).json()).toEqual({ finished: true });
    const [code] = (await once(child, 'exit')) as [number];
    expect(code).toBe(0);
  });

  describe('that is to send its clients away first', () => {
    beforeAll(() => (delayMs = '2500'));
    afterAll(() => (delayMs = '0'));

    it('takes requests for that time, on connections that were open and new ones, and ends each with its answer', async () => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      const ask = async (options: RequestOptions): Promise<{ status?: number; connection?: string; port?: number }> => {
        const [answer] = (await once(get(`${base}/slow`, options), 'response')) as [IncomingMessage];
        const { localPort: port } = answer.socket;
        await text(answer);
        return { status: answer.statusCode, connection: answer.headers.connection, port };
      };
      const kept = await ask({ agent });
      expect(kept).toMatchObject({ status: 200, connection: 'keep-alive' });
      child.kill('SIGTERM');
      while ((await fetch(`${management}/readyz`)).status !== 503);
      const answers = await Promise.all([ask({ agent }), ask({ agent: new Agent({ keepAlive: true }) })]);
      expect(answers).toEqual([
        { ...kept, connection: 'close' },
        { status: 200, connection: 'close', port: expect.any(Number) },
      ]);
      expect((await once(child, 'exit'))[0]).toBe(0);
    });
  });

  it('ends when the process that started it goes away', async () => {
    child.disconnect();
    const [code] = (await once(child, 'exit')) as [number];
    expect(code).toBe(0);
  });

  it('answers what does not exist with problem+json', async () => {
    const answer = await fetch(`${base}/nothing`);
    expect(answer.status).toBe(404);
    expect(answer.headers.get('content-type')).toMatch('application/problem+json');
    expect(await answer.json()).toMatchObject({ code: 'ROUTE.UNKNOWN', status: 404 });
  });
});
