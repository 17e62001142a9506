import { setTimeout as sleep } from 'node:timers/promises';
import { Progress, type ShopClient } from '@looseleaf/replay';
import type { OwnGoods } from '../goods/own-goods.js';
import type { Journal } from '../run-k6/journal.js';
import { drawUpAccount, type Account } from './account.js';
import { readTaken } from './read-stock.js';
import { sendUnansweredAgain } from './send-again.js';
import { waitUntilFinal } from './wait-until-final.js';

/** Stock of cancelled orders goes back after they are cancelled. */
const STOCK_SETTLES_MS = 10_000;
const POLL_MS = 500;

export interface AuditOptions {
  readonly customerId: string;
  /** The longest time in which no order becomes final. */
  readonly stallMs: number;
  readonly goods?: OwnGoods;
}

/** Asks the shop for every order of the run, once all are final, and accounts for them. */
export async function audit(shop: ShopClient, journal: Journal, options: AuditOptions): Promise<Account> {
  const { customerId, stallMs, goods } = options;
  const { orders: sent, cancelledIds } = journal;
  await sendUnansweredAgain(shop, options, sent);
  const acceptedIds = [...sent.values()].flatMap(({ id }) => id ?? []);
  const progress = new Progress('orders final', acceptedIds.length);
  const onProgress = (final: number): void => progress.update(final);
  const recorded = await waitUntilFinal(shop, { customerId, acceptedIds, cancelledIds, stallMs, onProgress });
  if (acceptedIds.length > 0) progress.finish();
  const giveUpAt = Date.now() + STOCK_SETTLES_MS;
  for (;;) {
    const takenBySku = goods && (await readTaken(shop, goods));
    const account = drawUpAccount({ sent, cancelledIds, recorded, ...(takenBySku && { takenBySku }) });
    if (account.stockFaults.length === 0 || Date.now() > giveUpAt) return account;
    await sleep(POLL_MS);
  }
}
