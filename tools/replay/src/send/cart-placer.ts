import { unitsBySku } from '../units.js';
import type { PlannedOrder } from '../trade/planned-step.js';
import { isGivenUp } from './persistent-caller.js';
import { CustomerSession } from './customer-session.js';
import { problemCode, readFate, type Call, type OrderPlacer } from './place-orders.js';
import type { RequestOptions } from './order-request.js';
import type { Fate, SendLog } from './send-log.js';

interface Customer {
  session: CustomerSession;
  /** Resolves when the customer is done with the order before. */
  free: Promise<unknown>;
}

/**
 * Orders as customers do: each has a cookie, puts one item after the other into the cart, and checks out; the next order
 * comes after that. Who does not say who they are is a new customer each time.
 */
export class CartPlacer implements OrderPlacer {
  private readonly customers = new Map<string, Customer>();

  constructor(
    private readonly call: Call,
    private readonly log: SendLog,
    private readonly options: RequestOptions,
  ) {}

  place(orders: readonly PlannedOrder[]): Promise<readonly Fate[]> {
    return Promise.all(orders.map((order) => this.placeOne(order)));
  }

  private placeOne(order: PlannedOrder): Promise<Fate> {
    const { customerId } = order;
    if (customerId === undefined) return this.buy(order, this.newCustomer());
    let customer = this.customers.get(customerId);
    if (!customer) this.customers.set(customerId, (customer = this.newCustomer()));
    const fate = customer.free.then(() => this.buy(order, customer));
    customer.free = fate;
    return fate;
  }

  private newCustomer(): Customer {
    return { session: new CustomerSession(this.call), free: Promise.resolve() };
  }

  private async buy(order: PlannedOrder, customer: Customer): Promise<Fate> {
    const fate = (await this.fill(order, customer)) ?? (await this.checkOut(order, customer));
    // What is left in the cart must not get into the next order: the customer comes back as somebody new.
    if (fate.kind !== 'accepted') customer.session = new CustomerSession(this.call);
    else await this.lookIntoCart(fate.id, customer);
    return fate;
  }

  /** @returns how the order ended, if it did */
  private async fill({ lines }: PlannedOrder, { session }: Customer): Promise<Fate | undefined> {
    // A cart has one line for each item; an invoice may name an item twice.
    const prices = new Map(lines.map(({ sku, unitPriceMinor }) => [sku, unitPriceMinor]));
    for (const [sku, quantity] of unitsBySku(lines)) {
      const line = { quantity, ...(this.options.checkPrices && { seenUnitPriceMinor: prices.get(sku) }) };
      const answer = await session.send('PUT', `/v1/cart/lines/${encodeURIComponent(sku)}`, line);
      // Nothing was ordered yet, so the shop has no such order.
      if (isGivenUp(answer)) return { kind: 'refused', code: `CART_UNANSWERED ${answer.givenUp}` };
      if (answer.status >= 300) return { kind: 'refused', code: problemCode(answer) };
      this.log.cartLatenciesMs.push(answer.latencyMs);
    }
    return undefined;
  }

  private async checkOut({ customerId }: PlannedOrder, { session }: Customer): Promise<Fate> {
    const answer = await session.send('POST', '/v1/cart/checkout', { customerId });
    if (isGivenUp(answer)) return { kind: 'unanswered', reason: answer.givenUp };
    if (answer.status !== 202) return { kind: 'refused', code: problemCode(answer) };
    this.log.latenciesMs.push(answer.latencyMs);
    return readFate(answer.body);
  }

  private async lookIntoCart(orderId: string, { session }: Customer): Promise<void> {
    const answer = await session.send('GET', '/v1/cart');
    const lines = isGivenUp(answer) ? undefined : (answer.body as { lines?: readonly unknown[] } | undefined)?.lines;
    if (lines?.length === 0) this.log.cartsEmptied += 1;
    else this.log.cartsNotEmptied.push(orderId);
  }
}
