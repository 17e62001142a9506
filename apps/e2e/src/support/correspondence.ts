import { ample } from './catalogue.js';
import { HttpClient } from './http-client.js';
import type { TestShop } from './test-shop.js';
import { until } from './until.js';

interface Mail {
  readonly to: string;
  readonly subject: string;
}

/** Customers who leave an address with their order, and the mail that they get. */
export class Correspondence {
  readonly #addresses: string[] = [];

  constructor(
    private readonly shop: TestShop,
    /** Tells them from those of other correspondences with the same shop. */
    private readonly name: string,
  ) {}

  /** So many customers more order something. */
  async order(customers: number): Promise<void> {
    for (let count = 0; count < customers; count++) {
      const email = `${this.name}-${this.#addresses.length}@customers.example`;
      this.#addresses.push(email);
      const order = { email, lines: [{ sku: ample(count), quantity: 1 }] };
      this.shop.ledger.send(email, order);
      const { status, body } = await this.shop.client.placeOrder(order, email);
      expect(status).toBe(202);
      this.shop.ledger.accept(email, body.id);
    }
  }

  /** Waits until each of them has mail: exactly one, that the order is confirmed. */
  async expectOneMailEach(): Promise<void> {
    await until('the mail server is back', () => this.#serverIsReady());
    const subjects = await until('each customer has mail', async () => {
      const mails = await this.#read();
      return this.#addresses.every((address) => mails.has(address)) && mails;
    });
    expect([...subjects.values()].filter((each) => each.length !== 1 || !each[0]!.endsWith(' is confirmed'))).toEqual(
      [],
    );
    expect(subjects.size).toBe(this.#addresses.length);
  }

  async #serverIsReady(): Promise<boolean> {
    const { status } = await new HttpClient(this.shop.running.mail.managementUrl).call({
      method: 'GET',
      path: '/readyz',
    });
    return status === 200;
  }

  /** The subjects of the mails to each address. */
  async #read(): Promise<Map<string, string[]>> {
    const subjects = new Map<string, string[]>();
    for (let query: string | undefined = '?limit=500'; query !== undefined;) {
      const response = await fetch(`${this.shop.running.mailUrl}/messages${query}`);
      const { items, next } = (await response.json()) as { items: Mail[]; next?: string };
      for (const { to, subject } of items) {
        if (to.startsWith(`${this.name}-`)) subjects.set(to, [...(subjects.get(to) ?? []), subject]);
      }
      query = next === undefined ? undefined : `?limit=500&after=${next}`;
    }
    return subjects;
  }
}
