import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { identify } from '@looseleaf/infra';
import { REPOSITORY } from '@looseleaf/launcher';
import { TestShop } from './support/test-shop.js';

const LAUNCHER = path.join(REPOSITORY, 'tools/launcher/dist/main.js');
const run = promisify(execFile);

let shop: TestShop;

beforeAll(async () => {
  shop = await TestShop.open({ replicas: 'web=2' });
});
afterAll(() => shop.close());

/** What the command prints for scripts. */
async function looseleaf(...command: string[]): Promise<Record<string, unknown>> {
  const { stdout } = await run(
    process.execPath,
    [LAUNCHER, ...command, '--json', '--data-dir', shop.spawned.dataDirectory],
    {
      env: { ...process.env, NODE_OPTIONS: '' },
    },
  );
  return JSON.parse(stdout) as Record<string, unknown>;
}

describe('looseleaf status --json', () => {
  it('names the web address, every process of every service, and what stands behind them', async () => {
    const status = await looseleaf('status');
    const service = (name: string): unknown =>
      expect.objectContaining({
        name,
        pid: expect.any(Number),
        managementUrl: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
        state: 'ready',
        restarts: 0,
        rssBytes: expect.any(Number),
      });
    expect(status).toMatchObject({ web: shop.running.webUrl });
    expect(status.services).toEqual(['web', 'web', 'orders', 'inventory', 'sessions', 'notifier'].map(service));
    expect(status.backing).toEqual([
      expect.objectContaining({
        name: 'postgres',
        kind: 'postgresql',
        address: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
      }),
      expect.objectContaining({
        name: 'mail',
        kind: 'smtp',
        address: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
        url: shop.running.mailUrl,
        restarts: 0,
      }),
    ]);
  });

  it('tells processes that really run, each of them alive, ready and measured on its own port', async () => {
    const { services, backing } = await shop.status();
    for (const { pid } of [...services, ...backing]) expect(identify(pid!)).toBeDefined();
    for (const { managementUrl } of services) {
      for (const page of ['livez', 'readyz', 'metrics']) {
        expect((await fetch(`${managementUrl}/${page}`)).status).toBe(200);
      }
    }
    expect(new Set(services.map(({ managementUrl }) => managementUrl)).size).toBe(services.length);
  });
});

describe('looseleaf queues --json', () => {
  it('tells what waits in each queue', async () => {
    const { items } = await looseleaf('queues');
    expect(items).toContainEqual({ queue: 'orders.place', depth: 0, inFlight: 0, oldestAgeMs: 0, deadLettered: 0 });
  });
});
