import { databaseConfigSchema, databaseSettings, replicatedDatabaseConfigSchema } from './database-config.js';

const URL = 'postgres://orders:hunter2@db.example/orders?sslmode=verify-full';
const REPLICA = 'postgres://orders:hunter2@replica.example/orders';

describe('The configuration of a database', () => {
  it('needs its address only', () => {
    const settings = databaseSettings(databaseConfigSchema.parse({ DATABASE_URL: URL }));
    expect(settings).toEqual({ url: URL, poolSize: 8, statementTimeoutMs: 4_000 });
  });

  it('has a replica for services that can read there', () => {
    const environment = { DATABASE_URL: URL, DATABASE_REPLICA_URL: REPLICA, DATABASE_POOL_SIZE: '20' };
    expect(databaseSettings(replicatedDatabaseConfigSchema.parse(environment))).toMatchObject({
      replicaUrl: REPLICA,
      poolSize: 20,
    });
    expect(databaseSettings(databaseConfigSchema.parse(environment))).not.toHaveProperty('replicaUrl');
  });

  it.each([
    ['DATABASE_URL', 'mysql://db/orders'],
    ['DATABASE_REPLICA_URL', 'replica.example'],
    ['DATABASE_POOL_SIZE', '0'],
    ['DATABASE_POOL_SIZE', 'many'],
    ['DATABASE_STATEMENT_TIMEOUT_MS', '0'],
    ['DATABASE_STATEMENT_TIMEOUT_MS', '4s'],
  ])('refuses %s=%s', (name, value) => {
    const result = replicatedDatabaseConfigSchema.safeParse({ DATABASE_URL: URL, [name]: value });
    expect(result.error?.issues.map(({ path }) => path)).toEqual([[name]]);
  });
});
