import { setTimeout as pause } from 'node:timers/promises';
import { ample, priceMinor, type Line } from './catalogue.js';
import { CookieJar } from './cookie-jar.js';
import { NO_ANSWER } from './http-client.js';
import type { ShopAnswer, ShopClient } from './shop-client.js';
import type { TestShop } from './test-shop.js';

/** What a customer tries again after. */
const AGAIN: readonly number[] = [NO_ANSWER, 502, 503, 504];
const RETRY_PAUSE_MS = 100;
const GIVE_UP_AFTER_MS = 60_000;

/** Customers who fill a cart, look at it, and check out; each does every step again until it succeeds. */
export class Shoppers {
  /** Every status that a step got, besides success. */
  readonly refusals = new Set<number>();
  /** Carts that showed something else than what their customer had put in. */
  readonly wrongCarts: unknown[] = [];
  #customers = 0;

  constructor(
    private readonly shop: TestShop,
    /** Tells their orders from those of others. */
    private readonly name: string,
  ) {}

  /** So many customers, one after the other. */
  async come(customers: number): Promise<void> {
    for (let count = 0; count < customers; count++) await this.#shopOnce(this.#customers++);
  }

  async #shopOnce(number: number): Promise<void> {
    const { ledger, client } = this.shop;
    const jar = new CookieJar();
    const lines = [0, 1].map((index) => {
      const sku = ample(number * 2 + index);
      return { sku, quantity: 1 + (number % 3), seenUnitPriceMinor: priceMinor(sku) };
    });
    for (const line of lines) await this.#persist(() => client.changeCart(jar, line));
    await this.#expectCart(client, jar, lines);
    const key = `${this.name}-${number}`;
    const customerId = `shopper-${key}`;
    ledger.send(key, { customerId, lines });
    // Sent twice, as by a customer who did not see the first answer.
    for (let sent = 0; sent < 2; sent++) {
      ledger.accept(key, (await this.#persist(() => client.checkOut(jar, { customerId }))).id);
    }
    await this.#expectCart(client, jar, []);
  }

  async #expectCart(client: ShopClient, jar: CookieJar, expected: readonly Line[]): Promise<void> {
    const { lines } = await this.#persist(async () => {
      const answer = await client.readCart(jar);
      // What became of the checkout is not known there yet.
      return answer.body.checkout ? { ...answer, status: 503 } : answer;
    });
    if (JSON.stringify(toMap(lines)) !== JSON.stringify(toMap(expected))) this.wrongCarts.push({ expected, lines });
  }

  async #persist<T>(call: () => Promise<ShopAnswer<T>>): Promise<T> {
    const deadline = performance.now() + GIVE_UP_AFTER_MS;
    for (;;) {
      const { status, body } = await call();
      if (status >= 200 && status < 300) return body;
      this.refusals.add(status);
      if (!AGAIN.includes(status) || performance.now() > deadline)
        throw new Error(`a customer was answered ${status} ${JSON.stringify(body)}`);
      await pause(RETRY_PAUSE_MS * (0.5 + Math.random()));
    }
  }
}

function toMap(lines: readonly Line[]): [string, number][] {
  return lines.map(({ sku, quantity }): [string, number] => [sku, quantity]).sort();
}
