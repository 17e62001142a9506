import { createBroker, type BrokerConfig } from '@looseleaf/backing-services';
import { type Account, type AccountInput, drawUpAccount } from './account.js';
import type { StockRecord } from './books.js';
import { readBooks, readStock } from './read-books.js';
import { type DatabaseUrls, ShopDatabases } from './shop-databases.js';
import { type SettleOptions, SettlementWatch } from './settlement-watch.js';

/** Watches over a shop from the moment it is opened; made by {@link openLedger}. */
export class Ledger {
  constructor(
    private readonly databases: ShopDatabases,
    /** By the clock of the database server. */
    private readonly openedAt: Date,
    private readonly stockBefore: readonly StockRecord[],
  ) {}

  /**
   * Waits until every accepted order is in a final state, the cancelled ones are no longer confirmed, and then until no
   * message is left in any queue or outbox. Outages of the server meanwhile are waited for like all else.
   * @returns false when nothing moved for too long
   * @throws ReplayError `ACCOUNT.UNREADABLE` when the databases could not be read for too long
   */
  waitUntilSettled(options: SettleOptions): Promise<boolean> {
    return new SettlementWatch(this.databases, options).run();
  }

  /** Compares what was sent with what the databases hold now; take it when the shop has settled. */
  async takeAccount(input: AccountInput): Promise<Account> {
    const ids = input.sent.flatMap(({ id }) => (id === undefined ? [] : [id]));
    const books = await readBooks(this.databases, ids, this.openedAt);
    return drawUpAccount(input, { ...books, stockBefore: this.stockBefore });
  }

  close(): Promise<void> {
    return this.databases.close();
  }
}

/** What an account is taken from: databases, as a role that may read all of them, and the shop's broker. */
export interface LedgerSources extends DatabaseUrls {
  readonly broker: BrokerConfig;
}

/**
 * Notes the time and the stock, for an account to be taken later. Open it when the stock is loaded and before the first
 * order is sent.
 */
export async function openLedger({ broker, ...urls }: LedgerSources): Promise<Ledger> {
  const databases = new ShopDatabases(urls, await createBroker(broker, { name: 'looseleaf-account' }));
  try {
    const [clock] = await databases.query<{ now: Date }>('orders', 'SELECT clock_timestamp() AS now');
    return new Ledger(databases, clock!.now, await readStock(databases));
  } catch (error) {
    await databases.close();
    throw error;
  }
}
