import { eventually, startTestPostgres, type TestPostgres } from '@looseleaf/infra';
import { createCheckedMessage, type Message, type MessageContract } from '@looseleaf/messaging';
import { Database, type DatabaseOptions } from '../database.js';
import { messagingMigration } from '../migrations/messaging.migration.js';
import { runMigrations } from '../migrations/run-migrations.js';

/** A server with one migrated database, and `Database`s on it that are closed at the end. */
export class TestDatabases {
  private readonly opened: Database[] = [];

  private constructor(
    readonly server: TestPostgres,
    readonly url: string,
  ) {}

  static async start(): Promise<TestDatabases> {
    const server = await startTestPostgres();
    const url = await server.createDatabase('service');
    await runMigrations({ url, migrations: [messagingMigration] });
    return new TestDatabases(server, url);
  }

  open(options: Partial<Pick<DatabaseOptions, 'url' | 'poolSize' | 'logger' | 'wants'>> = {}): Database {
    const database = new Database({ url: this.url, entities: [], migrations: [messagingMigration], ...options });
    database.start();
    this.opened.push(database);
    return database;
  }

  async stop(): Promise<void> {
    await Promise.all(this.opened.map((database) => database.close()));
    await this.server.stop();
  }
}

export async function ready(database: Database): Promise<Database> {
  await eventually(() => database.ping());
  return database;
}

const contract: MessageContract = {
  kind: 'event',
  name: 'test.happened',
  version: 1,
  channel: 'events',
  schema: { safeParse: (data) => ({ success: true, data }) },
  groupKey: () => '',
};

export function message(body: unknown = {}, groupKey?: string): Message {
  return { ...createCheckedMessage(contract, body), groupKey };
}
