import type { ShopClient } from '../shop/shop-client.js';
import type { RecordedOrder } from './recorded-order.js';

const PAGE = 500;

/**
 * All orders that the shop has recorded of a customer: what the database of the order service has, and no cache. The list
 * may be seconds behind where it is read at a replica.
 */
export async function readOrders(shop: ShopClient, customerId: string): Promise<RecordedOrder[]> {
  const orders: RecordedOrder[] = [];
  let after: string | undefined;
  do {
    const query = new URLSearchParams({ customerId, limit: String(PAGE), ...(after !== undefined && { after }) });
    const page = await shop.get<{ items: RecordedOrder[]; next?: string }>(`/v1/orders?${query}`);
    orders.push(...page.items);
    after = page.next;
  } while (after !== undefined);
  return orders;
}
