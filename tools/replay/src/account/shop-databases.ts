import type { MessageBroker } from '@looseleaf/messaging';
import pg from 'pg';

/** Connection URLs of a role that may read everything. */
export interface DatabaseUrls {
  readonly orders: string;
  readonly inventory: string;
}

type ServiceDatabase = 'orders' | 'inventory';

/**
 * Read access to the databases and queues of a shop, for an auditor: services never look at each other's tables, and this is no
 * service. Connections come back by themselves after the server was away.
 */
export class ShopDatabases {
  private readonly pools: Readonly<Record<ServiceDatabase, pg.Pool>>;

  /** @param broker the shop's; closed with the databases */
  constructor(
    urls: DatabaseUrls,
    readonly broker: MessageBroker,
  ) {
    this.pools = { orders: openPool(urls.orders), inventory: openPool(urls.inventory) };
  }

  async query<Row extends pg.QueryResultRow>(
    database: ServiceDatabase,
    sql: string,
    parameters: readonly unknown[] = [],
  ): Promise<Row[]> {
    const { rows } = await this.pools[database].query<Row>(sql, [...parameters]);
    return rows;
  }

  async close(): Promise<void> {
    await Promise.all([this.broker.close(), this.pools.orders.end(), this.pools.inventory.end()]);
  }
}

function openPool(connectionString: string): pg.Pool {
  const pool = new pg.Pool({
    connectionString,
    max: 1,
    application_name: 'looseleaf-account',
    connectionTimeoutMillis: 5_000,
    query_timeout: 60_000,
  });
  // An idle connection that breaks is replaced by the next query, which says so if it cannot.
  pool.on('error', () => undefined);
  return pool;
}
