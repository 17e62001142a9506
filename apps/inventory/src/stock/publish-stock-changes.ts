import { INVENTORY_EVENTS_TOPIC, stockChanged, stockDepleted, stockReplenished } from '@looseleaf/contracts';
import { createCheckedMessage, type Message } from '@looseleaf/messaging';
import type { Transaction } from '@looseleaf/persistence';
import { describeChanges, type StockEvent } from '../domain/describe-changes.js';
import type { StockChange } from '../domain/stock-ledger.js';

const CONTRACTS = { changed: stockChanged, depleted: stockDepleted, replenished: stockReplenished };

/**
 * Publishes the events about counts that a transaction changed, as far as somebody wants them: a file changes thousands of
 * counts at once, and most of the time nobody wants to hear of each.
 * @param cause the message that changed them, when there was one only
 */
export function publishStockChanges(tx: Transaction, changes: readonly StockChange[], cause?: Message): void {
  const isWanted = (kind: StockEvent['kind']): boolean => tx.wants(INVENTORY_EVENTS_TOPIC, CONTRACTS[kind].name);
  const wanted = { changed: isWanted('changed'), depleted: isWanted('depleted'), replenished: isWanted('replenished') };
  const events = describeChanges(changes).filter(({ kind }) => wanted[kind]);
  tx.publish(
    INVENTORY_EVENTS_TOPIC,
    events.map((event) => toMessage(event, cause)),
  );
}

function toMessage(event: StockEvent, cause: Message | undefined): Message {
  const { store, sku } = event;
  switch (event.kind) {
    case 'changed':
      return createCheckedMessage(stockChanged, { store, sku, count: event.count }, cause);
    case 'depleted':
      return createCheckedMessage(stockDepleted, { store, sku }, cause);
    case 'replenished':
      return createCheckedMessage(stockReplenished, { store, sku, count: event.count }, cause);
  }
}
