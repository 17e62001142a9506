import { setTimeout as pause } from 'node:timers/promises';
import { ample, COUNTED, orderNumber } from './catalogue.js';
import { CookieJar } from './cookie-jar.js';
import type { Ledger } from './ledger.js';
import { NO_ANSWER } from './http-client.js';
import type { ShopAnswer, ShopClient } from './shop-client.js';
import { until } from './until.js';

const TICK_MS = 10;
/** What a caller may do again: the shop said "later", or that somebody behind it did not answer, or nothing. */
const AGAIN: readonly number[] = [NO_ANSWER, 502, 503, 504];
const RETRY_PAUSE_MS = 250;
const GIVE_UP_AFTER_MS = 60_000;
/** Every so many orders, one is cancelled, and one is sent in a batch. */
const CANCEL_EVERY = 10;
const BATCH_EVERY = 15;
const BATCH_ORDERS = 4;
/** Looks at the rest of the API: one or two of each a second. */
const LOOK_EVERY = 15;
const MAX_UNDER_WAY = 2_000;

export interface LoadOptions {
  readonly client: ShopClient;
  readonly ledger: Ledger;
  /** Tells the keys of this load from those of others. */
  readonly name: string;
  readonly ordersPerSecond: number;
}

/**
 * Customers at a steady rate, whatever the shop answers: calls do not wait for each other. Each order has its key and is
 * sent again until it is accepted; then it is read, and now and then cancelled.
 */
export class Load {
  readonly #underWay = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | undefined;
  #begun = 0;
  #abandoned = false;

  constructor(private readonly options: LoadOptions) {}

  start(): void {
    const startedAtMs = performance.now();
    this.#timer = setInterval(() => {
      const due = ((performance.now() - startedAtMs) / 1_000) * this.options.ordersPerSecond;
      while (this.#begun < due && this.#underWay.size < MAX_UNDER_WAY) this.#begin();
    }, TICK_MS);
  }

  /** Resolves when so many more orders have been begun. */
  async more(orders: number): Promise<void> {
    const enough = this.#begun + orders;
    await until(`${orders} more orders are begun`, () => this.#begun >= enough);
  }

  /** Resolves after that time, and not before the orders of it have been begun. */
  async forMs(ms: number): Promise<void> {
    await this.more(Math.ceil((ms / 1_000) * this.options.ordersPerSecond));
  }

  /** Begins no more and resolves when everything that was begun has its answer. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  /** Begins no more, and gives up on what the shop has not accepted: nobody will answer any more. */
  abandon(): void {
    clearInterval(this.#timer);
    this.#abandoned = true;
  }

  #begin(): void {
    const number = this.#begun++;
    if (number % BATCH_EVERY === BATCH_EVERY - 1) this.#track(this.#placeBatch(number));
    else this.#track(this.#place(number));
    if (number % LOOK_EVERY === 0) this.#look(number);
  }

  #track(work: Promise<unknown>): void {
    const tracked: Promise<void> = work
      .catch((error: unknown) => void this.options.ledger.faults.push(String(error)))
      .then(() => void this.#underWay.delete(tracked));
    this.#underWay.add(tracked);
  }

  async #place(number: number): Promise<void> {
    const { client, ledger, name } = this.options;
    const key = `${name}-${number}`;
    const order = orderNumber(number);
    ledger.send(key, order);
    const accepted = await this.#persist(key, () => client.placeOrder(order, key));
    if (!accepted) return;
    const { id } = accepted;
    ledger.accept(key, id);
    await client.readOrder(id);
    if (number % CANCEL_EVERY !== 0 || !order.cancellable) return;
    if (await this.#persist(`cancellation of ${key}`, () => client.cancelOrder(id))) ledger.cancelledIds.add(id);
  }

  async #placeBatch(number: number): Promise<void> {
    const { client, ledger, name } = this.options;
    const orders = Array.from({ length: BATCH_ORDERS }, (_, index) => ({
      ...orderNumber(number + index),
      idempotencyKey: `${name}-${number}-${index}`,
    }));
    for (const order of orders) ledger.send(order.idempotencyKey, order);
    const accepted = await this.#persist(`batch ${number}`, () => client.placeBatch(orders));
    accepted?.items.forEach(({ id }, index) => ledger.accept(orders[index]!.idempotencyKey, id));
  }

  #look(number: number): void {
    const { client, ledger } = this.options;
    this.#track(client.listOrders('?limit=5'));
    this.#track(client.readItems('?limit=5'));
    this.#track(client.readStock('?limit=5'));
    this.#track(client.readQueues());
    this.#track(client.listSubscriptions());
    for (const id of ledger.acceptedIds.slice(-1)) this.#track(client.waitForOrder(id, 1));
    this.#track(this.#sendStockFile(number));
    this.#track(this.#uploadStockFile(number));
    this.#track(this.#fillCart(number));
  }

  async #fillCart(number: number): Promise<void> {
    const { client, ledger, name } = this.options;
    const jar = new CookieJar();
    const line = { sku: ample(number), quantity: 1 };
    const customerId = `${name}-cart-${number}`;
    if (!(await this.#persist(`a cart of ${customerId}`, () => client.changeCart(jar, line)))) return;
    await client.readCart(jar);
    ledger.send(customerId, { customerId, lines: [line] });
    const accepted = await this.#persist(`checkout of ${customerId}`, () => client.checkOut(jar, { customerId }));
    if (accepted) ledger.accept(customerId, accepted.id);
  }

  async #uploadStockFile(number: number): Promise<void> {
    const { client, ledger } = this.options;
    const { status, body } = await client.prepareUpload();
    if (status !== 201) return;
    const put = await client.putUpload(body, `store,item,count\nPorto,${COUNTED},${number}\n`);
    if (put.status === 201) ledger.stockFileIds.add(body.id);
  }

  async #sendStockFile(number: number): Promise<void> {
    const { client, ledger } = this.options;
    const { status, body } = await client.sendStockFile(`store,item,count\nBerlin,${COUNTED},${number}\n`);
    if (status !== 202) return;
    ledger.stockFileIds.add(body.id);
    await client.readStockFile(body.id);
  }

  /**
   * The same call until it succeeds.
   * @returns `undefined` when the load was abandoned before
   * @throws Error for an answer that is neither success nor "later"
   */
  async #persist<T>(what: string, call: () => Promise<ShopAnswer<T>>): Promise<T | undefined> {
    const deadline = performance.now() + GIVE_UP_AFTER_MS;
    for (;;) {
      const { status, body } = await call();
      if (status >= 200 && status < 300) return body;
      if (this.#abandoned) return undefined;
      if (!AGAIN.includes(status)) throw new Error(`${what}: answered ${status} ${JSON.stringify(body)}`);
      if (performance.now() > deadline) throw new Error(`${what}: not accepted within ${GIVE_UP_AFTER_MS} ms`);
      await pause(RETRY_PAUSE_MS * (0.5 + Math.random()));
    }
  }
}
