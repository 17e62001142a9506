import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { DATABASES, readShop, type DatabaseName } from '../data-directory/read-shop.js';
import { ROLES, type RoleName } from '../data-directory/secrets.js';
import { spawnShop, type SpawnedShop } from '../spawn-shop/spawn-shop.js';

/** On a busy machine. */
const START_MS = 180_000;

describe('looseleaf start', () => {
  it('refuses a port that is taken, names another one, and leaves nothing running', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    try {
      await expect(spawnShop({ arguments: ['--port', String(port)] })).rejects.toThrow(
        new RegExp(`SHOP.PORT_TAKEN: port ${port} is taken .* --port ${port + 1}`),
      );
    } finally {
      other.close();
    }
  });
});

describe('the database roles of a shop', () => {
  let dataDirectory: string;
  let spawned: SpawnedShop;
  beforeAll(async () => {
    dataDirectory = mkdtempSync(path.join(tmpdir(), 'looseleaf-test-'));
    // Provisioning is the same without the services.
    spawned = await spawnShop({ dataDirectory, arguments: ['--replicas', 'web=1,orders=0,inventory=0'] });
  }, START_MS);
  afterAll(async () => {
    await spawned.stop();
    rmSync(dataDirectory, { recursive: true, force: true });
  });

  const ALLOWED: Readonly<Record<RoleName, readonly DatabaseName[]>> = {
    broker: ['broker'],
    web: ['broker'],
    orders: ['broker', 'orders'],
    inventory: ['broker', 'inventory'],
    sessions: ['sessions'],
    notifier: ['broker', 'notifier'],
  };
  const pairs = ROLES.flatMap((role) => [...DATABASES, 'postgres' as const].map((database) => ({ role, database })));

  it.each(pairs)('$role and the database $database', async ({ role, database }) => {
    const mayConnect = (ALLOWED[role] as readonly string[]).includes(database);
    expect(await connects(readShop(dataDirectory).databaseUrl(database, role))).toBe(mayConnect);
  });

  it('let no service read the tables of the broker', async () => {
    const client = new pg.Client({ connectionString: readShop(dataDirectory).databaseUrl('broker', 'web') });
    await client.connect();
    try {
      await expect(client.query('select * from broker.message')).rejects.toThrow('permission denied');
    } finally {
      await client.end();
    }
  });
});

async function connects(connectionString: string): Promise<boolean> {
  const client = new pg.Client({ connectionString });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.end();
    return true;
  } catch (error) {
    if ((error as { code?: string }).code === '42501') return false;
    throw error;
  }
}
