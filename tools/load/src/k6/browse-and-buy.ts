import { sleep } from 'k6';
import { checkOut, get, placeOrder, plan, send, tell } from './http-calls.js';
import { choose, chooseLines, chooseUpTo } from './choose.js';
import type { Line } from './plan.js';

/** Of those who look around; the rest leaves without an order. */
const BUYERS = 0.6;
/** Of those who buy; the rest orders at once, as a caller of the API does. */
const CART_USERS = 0.5;
const CHANGE_THEIR_MIND = 0.05;
const THINK_SECONDS = { least: 0.5, most: 3 };

/** A customer: looks around, thinks, perhaps buys, waits for the confirmation, and now and then cancels. */
export function browseAndBuy(key: string): void {
  get('list items', '/v1/items?limit=50');
  think();
  for (let views = chooseUpTo(4); views > 0; views--) {
    get('read item', `/v1/items/${encodeURIComponent(choose(plan.items).sku)}`);
    think();
  }
  if (Math.random() > BUYERS) return;
  const lines = chooseLines(plan.items, plan.maxLines);
  const id = Math.random() < CART_USERS ? buyByCart(key, lines) : placeOrder(key, lines);
  if (id === undefined) return;
  get('wait until final', `/v1/orders/${id}`, { prefer: 'wait=10' });
  if (Math.random() > CHANGE_THEIR_MIND) return;
  think();
  const cancellation = send('POST', 'cancel order', `/v1/orders/${id}/cancellation`, {});
  if (cancellation.status === 202) tell('cancelled', id);
}

/** k6 gives each customer a cookie jar of his own. */
function buyByCart(key: string, lines: readonly Line[]): string | undefined {
  for (const { sku, quantity, seenUnitPriceMinor } of lines) {
    const path = `/v1/cart/lines/${encodeURIComponent(sku)}`;
    if (send('PUT', 'change cart', path, { quantity, seenUnitPriceMinor }).status !== 200) return undefined;
    think();
  }
  get('read cart', '/v1/cart');
  return checkOut(key);
}

function think(): void {
  const { least, most } = THINK_SECONDS;
  sleep(least + Math.random() * (most - least));
}
