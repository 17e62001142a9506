import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import {
  importStockFile,
  releaseStock,
  reserveStock,
  INVENTORY_IMPORT_QUEUE,
  type ImportStockFile as ImportStockFileCommand,
  type OrderLine,
  type ReleaseStock as ReleaseStockCommand,
  type ReserveStock as ReserveStockCommand,
} from '@looseleaf/contracts';
import { eventually, startTestPostgres, type TestPostgres } from '@looseleaf/infra';
import { createMessage, type Message } from '@looseleaf/messaging';
import { BatchContext } from '@looseleaf/messaging/nest';
import { createFileObjectStore, type ObjectStore } from '@looseleaf/object-store';
import { Database, runMigrations } from '@looseleaf/persistence';
import { entities, migrations } from '../persistence/index.js';

export interface StockSeed {
  readonly sku: string;
  readonly store: string;
  readonly count: number;
  /** Default 100; `null`: not for sale. */
  readonly price?: number | null;
}

/** The inventory's database on a server of its own, and an object store. Messages stay in the outbox, to be looked at. */
export class TestInventory {
  private constructor(
    readonly server: TestPostgres,
    readonly url: string,
    readonly database: Database,
    readonly objects: ObjectStore,
    private readonly directory: string,
  ) {}

  static async start(): Promise<TestInventory> {
    const server = await startTestPostgres();
    const url = await server.createDatabase('inventory');
    await runMigrations({ url, migrations });
    const database = new Database({ url, entities, migrations });
    database.start();
    await eventually(() => database.ping());
    const directory = await mkdtemp(join(tmpdir(), 'inventory-objects-'));
    return new TestInventory(server, url, database, createFileObjectStore({ directory }), directory);
  }

  async stop(): Promise<void> {
    await this.database.close();
    await this.server.stop();
    await rm(this.directory, { recursive: true, force: true });
  }

  query<Row>(sql: string, parameters: unknown[] = []): Promise<Row[]> {
    return this.database.read((manager) => manager.query(sql, parameters));
  }

  /** Empties all tables and fills the stock anew. */
  async reset(stock: readonly StockSeed[] = []): Promise<void> {
    await this.query('TRUNCATE inbox, outbox, reservation, stock, item, stock_file CASCADE');
    for (const { sku, store, count, price = 100 } of stock) {
      await this.query('INSERT INTO item (sku, unit_price_minor) VALUES ($1, $2) ON CONFLICT DO NOTHING', [sku, price]);
      await this.query('INSERT INTO stock (sku, store, count) VALUES ($1, $2, $3)', [sku, store, count]);
    }
  }

  /** `store sku` → count. */
  async counts(): Promise<Record<string, number>> {
    const rows = await this.query<{ place: string; count: string }>(
      `SELECT store || ' ' || sku AS place, count FROM stock ORDER BY sku, store`,
    );
    return Object.fromEntries(rows.map(({ place, count }) => [place, Number(count)]));
  }

  /** What was sent since the last call, in order. */
  async takeMessages(): Promise<Message<Record<string, unknown>>[]> {
    const rows = await this.query<{ batches: string }>('SELECT batches FROM outbox ORDER BY id');
    await this.query('TRUNCATE outbox');
    return rows.flatMap(({ batches }) =>
      (JSON.parse(batches) as { messages: Message<Record<string, unknown>>[] }[]).flatMap(({ messages }) => messages),
    );
  }

  /** The same, as `name field=value …` for the fields named. */
  async takeSummaries(...fields: string[]): Promise<string[]> {
    const messages = await this.takeMessages();
    return messages.map(({ name, body }) =>
      [name, ...fields.filter((f) => f in body).map((f) => String(body[f]))].join(' '),
    );
  }

  /** Stores a file and makes the command that imports it. */
  async upload(content: string | Buffer): Promise<Message<ImportStockFileCommand>> {
    const fileId = randomUUID();
    const objectKey = `stock-files/${fileId}.csv`;
    const { bytes } = await this.objects.put(objectKey, Readable.from([Buffer.from(content)]), {
      contentType: 'text/csv',
      maxBytes: 100_000_000,
    });
    return createMessage(importStockFile, { fileId, objectKey, bytes, receivedAt: new Date().toISOString() });
  }
}

/** The store, with another way of reading from it. */
export function replaceGet(store: ObjectStore, get: ObjectStore['get']): ObjectStore {
  return {
    put: (key, content, options) => store.put(key, content, options),
    get,
    head: (key, options) => store.head(key, options),
    versions: (key) => store.versions(key),
    ping: () => store.ping(),
  };
}

/** What goes with messages that are delivered for the first time. */
export function firstDelivery(messages: readonly Message[]): BatchContext {
  const deliveries = messages.map((message) => ({ message, receiveCount: 1, sentAt: new Date() }));
  return new BatchContext([deliveries, INVENTORY_IMPORT_QUEUE]);
}

/** `{ card: 2 }`: two cards. */
export function reserve(orderId: string, lines: Record<string, number> | OrderLine[]): Message<ReserveStockCommand> {
  const list = Array.isArray(lines) ? lines : Object.entries(lines).map(([sku, quantity]) => ({ sku, quantity }));
  return createMessage(reserveStock, { orderId, lines: list });
}

export function release(orderId: string): Message<ReleaseStockCommand> {
  return createMessage(releaseStock, { orderId });
}

export function newOrderId(): string {
  return randomUUID();
}
