import type { ShopClient } from '../shop/shop-client.js';
import type { RecordedOrder } from './recorded-order.js';

const PAGE = 500;

/** All orders that the shop has of a customer. The list may be seconds behind where it is read at a replica. */
export async function readOrders(shop: ShopClient, customerId: string): Promise<RecordedOrder[]> {
  const orders: RecordedOrder[] = [];
  let after: string | undefined;
  do {
    const query = new URLSearchParams({ customerId, limit: String(PAGE), ...(after !== undefined && { after }) });
    const { body } = await shop.get<{ items: RecordedOrder[]; next?: string }>(`/v1/orders?${query}`);
    orders.push(...body.items);
    after = body.next;
  } while (after !== undefined);
  return orders;
}

/** The order by its id; undefined when its owner has not recorded it, though the web tier knows that it was accepted. */
export async function readOrder(shop: ShopClient, id: string): Promise<RecordedOrder | undefined> {
  const { status, headers, body } = await shop.get<RecordedOrder>(`/v1/orders/${id}`);
  return status === 200 && headers.get('looseleaf-served-by') === 'orders' ? body : undefined;
}
