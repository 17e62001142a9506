import { createHash, randomBytes } from 'node:crypto';
import { createSharedCaches, type SharedCaches } from '@looseleaf/backing-services';
import { eventually, startTestPostgres, type TestPostgres } from '@looseleaf/infra';
import { Database, runMigrations } from '@looseleaf/persistence';
import { entities, migrations } from '../persistence/index.js';
import type { SessionStore } from '../session-store/session-store.js';
import { createSessionStore, type SessionStoreSettings } from '../sessions.module.js';

const SILENT = { info: () => {}, warn: () => {}, error: () => {} };

/** The session store's database on a server of its own. */
export class TestSessions {
  private constructor(
    readonly server: TestPostgres,
    readonly url: string,
    readonly database: Database,
    private readonly caches: SharedCaches,
  ) {}

  static async start(): Promise<TestSessions> {
    const server = await startTestPostgres();
    const url = await server.createDatabase('sessions');
    await runMigrations({ url, migrations });
    const database = new Database({ url, entities, migrations });
    database.start();
    await eventually(() => database.ping());
    return new TestSessions(server, url, database, await createSharedCaches({ CACHE: 'memory' }));
  }

  /** A replica: it shares the database with the others, and nothing else. */
  replica(settings: Partial<SessionStoreSettings> = {}): SessionStore {
    return createSessionStore(this.database, SILENT, {
      strategy: 'write-through',
      caches: this.caches,
      cacheTtlMs: 60_000,
      cacheMaxBytes: 10_000_000,
      sessionTtlMs: 60_000,
      ...settings,
    });
  }

  query<Row>(sql: string, parameters: unknown[] = []): Promise<Row[]> {
    return this.database.read((manager) => manager.query(sql, parameters));
  }

  async stop(): Promise<void> {
    await this.database.close();
    await this.server.stop();
  }
}

/** The key of a session that nobody has. */
export function newKey(): string {
  return createHash('sha256').update(randomBytes(32)).digest('base64url');
}
