import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { identify } from '@looseleaf/infra';
import { expectNothingLost } from './support/expectations.js';
import { ample } from './support/catalogue.js';
import { allProcesses, kill, serviceProcess, signal, untilEnded } from './support/processes.js';
import { TestShop } from './support/test-shop.js';

const directories: string[] = [];
const shops: TestShop[] = [];

afterEach(async () => {
  for (const shop of shops.splice(0)) await shop.close();
  for (const directory of directories.splice(0)) await rm(directory, { recursive: true, force: true });
});

async function newDirectory(): Promise<string> {
  const directory = await mkdtemp(path.join(tmpdir(), 'looseleaf-e2e-'));
  directories.push(directory);
  return directory;
}

async function open(options: Parameters<typeof TestShop.open>[0] = {}): Promise<TestShop> {
  const shop = await TestShop.open(options);
  shops.push(shop);
  return shop;
}

async function placeSome(shop: TestShop, orders: number): Promise<void> {
  const load = shop.startLoad();
  await load.more(orders);
  await load.stop();
}

describe('When the launcher is killed with SIGKILL', () => {
  it('every process of the shop ends, and the next start on the same data has all orders', async () => {
    const dataDirectory = await newDirectory();
    const first = await open({ dataDirectory });
    const load = first.startLoad();
    await load.more(100);
    const processes = allProcesses(first.running);
    await kill(identify(first.running.launcherPid)!);
    load.abandon();
    await untilEnded(processes);
    await load.stop();
    const second = await open({ dataDirectory, continues: first });
    await placeSome(second, 20);
    await expectNothingLost(second);
  });

  it('the next start ends what a frozen service left running', async () => {
    const dataDirectory = await newDirectory();
    const first = await open({ dataDirectory });
    await placeSome(first, 20);
    const frozen = serviceProcess(first.running, 'orders');
    const others = allProcesses(first.running).filter(({ pid }) => pid !== frozen.pid);
    signal(frozen, 'SIGSTOP');
    await kill(identify(first.running.launcherPid)!);
    await untilEnded(others);
    const second = await open({ dataDirectory, continues: first });
    await untilEnded([frozen], 0);
    await placeSome(second, 20);
    await expectNothingLost(second);
  });
});

describe('Two shops side by side', () => {
  it('know nothing of each other, and the end of one does not touch the other', async () => {
    const [one, other] = await Promise.all([open(), open()]);
    const addresses = [one, other].map(({ running: { webUrl, postgres, mail, services } }) => [
      webUrl,
      postgres.port,
      mail.smtpPort,
      mail.url,
      mail.managementUrl,
      ...services.map(({ managementUrl }) => managementUrl),
    ]);
    expect(new Set(addresses.flat()).size).toBe(addresses.flat().length);
    const { body } = await one.client.placeOrder({ lines: [{ sku: ample(0), quantity: 1 }] }, 'theirs');
    one.ledger.send('theirs', { lines: [{ sku: ample(0), quantity: 1 }] });
    one.ledger.accept('theirs', body.id);
    expect((await other.client.readOrder(body.id)).status).toBe(404);
    await other.close();
    shops.splice(shops.indexOf(other), 1);
    await placeSome(one, 20);
    await expectNothingLost(one);
  });
});

describe('Stopped in the middle of the trade', () => {
  it('the shop finishes what it holds, leaves no process behind, and goes on with every order at the next start', async () => {
    const dataDirectory = await newDirectory();
    const first = await open({ dataDirectory });
    const load = first.startLoad();
    await load.more(125);
    const processes = allProcesses(first.running);
    const exit = once(first.spawned.launcher, 'exit');
    first.spawned.launcher.kill('SIGTERM');
    await load.more(20);
    load.abandon();
    expect(await exit).toEqual([0, null]);
    await untilEnded(processes, 0);
    await load.stop();
    expect(first.ledger.faults).toEqual([]);
    const second = await open({ dataDirectory, continues: first });
    await expectNothingLost(second);
  });
});
