import type { DatabaseName, RunningShop } from '@looseleaf/launcher';
import pg from 'pg';

/** Refuses every connection to one database and ends those that are open; the others on the same server go on. */
export function takeAway(shop: RunningShop, database: DatabaseName): Promise<void> {
  return asSuperuser(shop, async (client) => {
    await client.query(`alter database ${database} allow_connections false`);
    await client.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [database]);
  });
}

export function giveBack(shop: RunningShop, database: DatabaseName): Promise<void> {
  return asSuperuser(shop, async (client) => {
    await client.query(`alter database ${database} allow_connections true`);
  });
}

async function asSuperuser(shop: RunningShop, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: shop.databaseUrl('postgres') });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
