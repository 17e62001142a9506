import { stockChanged, stockDepleted, stockReplenished } from '@looseleaf/contracts';
import { createCheckedMessage, type Message } from '@looseleaf/messaging';
import { describeChanges } from '../domain/describe-changes.js';
import type { StockChange } from '../domain/stock-ledger.js';

/**
 * The events about counts that a transaction changed.
 * @param cause the message that changed them, when there was one only
 */
export function stockMessages(changes: readonly StockChange[], cause?: Message): Message[] {
  return describeChanges(changes).map((event): Message => {
    const { store, sku } = event;
    switch (event.kind) {
      case 'changed':
        return createCheckedMessage(stockChanged, { store, sku, count: event.count }, cause);
      case 'depleted':
        return createCheckedMessage(stockDepleted, { store, sku }, cause);
      case 'replenished':
        return createCheckedMessage(stockReplenished, { store, sku, count: event.count }, cause);
    }
  });
}
