import type { ChildProcess } from 'node:child_process';
import { readStatus, spawnShop, type RunningShop, type SpawnedShop, type Status } from '@looseleaf/launcher';
import { openLedger, type Account, type Ledger as Auditor } from '@looseleaf/replay';
import type { ProcessIdentity } from '@looseleaf/infra';
import { stockFile } from './catalogue.js';
import { Journal } from './journal.js';
import { Ledger } from './ledger.js';
import { Load } from './load.js';
import { allProcesses, untilEnded } from './processes.js';
import { ShopClient } from './shop-client.js';
import { until } from './until.js';

const ORDERS_PER_SECOND = 15;
/** Much longer than the ten seconds for which a dead consumer's messages stay hidden. */
const PATIENCE_MS = 60_000;

export interface TestShopOptions {
  /** As on the command line, for example `web=2`. */
  readonly replicas?: string;
  /** Flags of what the shop runs on; default: embedded. */
  readonly on?: readonly string[];
  /** Longest wait before a service that was killed is started again. */
  readonly restartLimitMs?: number;
  /** Kept when the shop is closed; default: one of its own that is removed. */
  readonly dataDirectory?: string;
  /** A shop that ran on the same data: its promises are taken over, its stock is there already. */
  readonly continues?: TestShop;
  /** How long an account waits for what does not move. */
  readonly patienceMs?: number;
}

/** A shop of its own with stock in it, a client, and the books that say what was promised. */
export class TestShop {
  readonly journal = new Journal();
  readonly client: ShopClient;
  readonly #seen = new Map<number, ProcessIdentity>();

  private constructor(
    readonly spawned: SpawnedShop,
    readonly ledger: Ledger,
    private readonly auditor: Auditor,
    private readonly patienceMs: number,
  ) {
    this.client = this.newClient();
  }

  static async open({
    replicas,
    on = [],
    restartLimitMs,
    dataDirectory,
    continues,
    patienceMs = PATIENCE_MS,
  }: TestShopOptions = {}): Promise<TestShop> {
    const spawned = await spawnShop({
      arguments: [
        ...on,
        ...(replicas === undefined ? [] : ['--replicas', replicas]),
        ...(restartLimitMs === undefined ? [] : ['--restart-limit-ms', String(restartLimitMs)]),
      ],
      ...(dataDirectory !== undefined && { dataDirectory }),
    });
    try {
      if (!continues) await loadStock(spawned.shop());
      const auditor = await openAuditor(spawned.shop());
      return new TestShop(spawned, continues?.ledger ?? new Ledger(), auditor, patienceMs);
    } catch (error) {
      await spawned.stop();
      throw error;
    }
  }

  /** Where everything runs now. */
  get running(): RunningShop {
    const running = this.spawned.shop();
    for (const identity of allProcesses(running)) this.#seen.set(identity.pid, identity);
    return running;
  }

  /** A client with connections of its own. */
  newClient(): ShopClient {
    const { webUrl, operatorKey } = this.running;
    return new ShopClient(webUrl, operatorKey, this.journal);
  }

  status(): Promise<Status> {
    return readStatus(this.running);
  }

  /** Customers who come until their load is stopped. */
  startLoad(): Load {
    const load = new Load({
      client: this.client,
      ledger: this.ledger,
      name: `load-${++this.ledger.loads}`,
      ordersPerSecond: ORDERS_PER_SECOND,
    });
    load.start();
    return load;
  }

  /** Waits until nothing moves any more, and compares what was promised with what the databases hold. */
  async account(): Promise<Account> {
    const { acceptedIds, cancelledIds, sent } = this.ledger;
    const deadline = performance.now() + this.patienceMs;
    for (;;) {
      await this.auditor.waitUntilSettled({ acceptedIds, cancelledIds, stallMs: this.patienceMs });
      const account = await this.auditor.takeAccount({ sent, cancelledIds });
      // Of a file that was uploaded to S3 its messages come a moment later.
      if (account.messagesLeft === 0 || performance.now() > deadline) return account;
    }
  }

  /** Ends the shop, removes its data. @throws Error when a process that ever belonged to it is left */
  async close(): Promise<void> {
    if (isAlive(this.spawned.launcher)) void this.running;
    this.client.close();
    await this.auditor.close();
    await this.spawned.stop();
    await untilEnded([...this.#seen.values()]);
  }
}

function isAlive({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null;
}

function openAuditor(shop: RunningShop): Promise<Auditor> {
  const { databaseUrl, broker } = shop;
  return openLedger({
    orders: databaseUrl('orders'),
    inventory: databaseUrl('inventory'),
    broker,
  });
}

async function loadStock({ webUrl, operatorKey }: RunningShop): Promise<void> {
  const client = new ShopClient(webUrl, operatorKey, new Journal());
  try {
    const { body } = await client.sendStockFile(stockFile());
    const file = await until('the stock is loaded', async () => {
      const answer = await client.readStockFile(body.id);
      return ['imported', 'failed'].includes(answer.body.state) && answer.body;
    });
    if (file.state !== 'imported' || file.rowsRejected > 0) throw new Error(`stock: ${JSON.stringify(file)}`);
  } finally {
    client.close();
  }
}
