import type { ShopClient } from '@looseleaf/replay';
import type { RecordedOrder } from './recorded-order.js';

const PAGE = 500;

/**
 * All orders that the shop has recorded of a customer: what the database of the order service has, and no cache. The list
 * may be seconds behind where it is read at a replica.
 */
export function readOrders(shop: ShopClient, customerId: string): Promise<RecordedOrder[]> {
  return shop.list(`/v1/orders?${new URLSearchParams({ customerId, limit: String(PAGE) })}`);
}
