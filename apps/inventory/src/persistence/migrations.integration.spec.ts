import { eventually, startTestPostgres, type TestPostgres } from '@looseleaf/infra';
import { Database, runMigrations } from '@looseleaf/persistence';
import { entities, migrations } from './index.js';

describe('the migrations', () => {
  let server: TestPostgres;
  beforeAll(async () => {
    server = await startTestPostgres();
  });
  afterAll(() => server.stop());

  it('run as the owner of the database, who is no superuser, and may be run again, also twice at the same time', async () => {
    const url = await server.createDatabase('inventory');
    const admin = new Database({ url, entities: [], migrations: [] });
    admin.start();
    await eventually(() => admin.ping());
    await admin.read(async (manager) => {
      await manager.query(`CREATE ROLE inventory LOGIN PASSWORD 'test-only'`);
      await manager.query('ALTER DATABASE inventory OWNER TO inventory');
      await manager.query('REVOKE ALL ON DATABASE inventory FROM public');
    });
    await admin.close();
    const owned = new URL(url);
    owned.username = 'inventory';
    owned.password = 'test-only';

    await Promise.all([runMigrations({ url: owned.href, migrations }), runMigrations({ url: owned.href, migrations })]);
    await runMigrations({ url: owned.href, migrations });

    const database = new Database({ url: owned.href, entities, migrations });
    database.start();
    await eventually(() => database.ping());
    // Every entity fits its table: TypeORM names each column in its statement.
    for (const entity of entities) expect(await database.read((manager) => manager.find(entity))).toEqual([]);
    await database.close();
  });
});
