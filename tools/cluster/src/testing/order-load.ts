import { setTimeout as sleep } from 'node:timers/promises';
import { HttpClient, type HttpAnswer } from '@looseleaf/replay';
import type { OwnGoods } from './own-goods.js';

const TICK_MS = 10;
const CONNECTIONS = 32;
const TIMEOUT_MS = 10_000;
const RETRY_PAUSE_MS = 250;
const GIVE_UP_AFTER_MS = 180_000;

export interface LoadOptions {
  readonly webUrl: string;
  readonly goods: OwnGoods;
  readonly ordersPerSecond: number;
}

export interface LoadReport {
  readonly requests: number;
  /** Requests that got another answer than a healthy shop gives, by status or error code. */
  readonly failed: Readonly<Record<string, number>>;
  readonly acceptedIds: readonly string[];
  /** Orders that no lasting answer came for. */
  readonly unanswered: number;
}

/**
 * Customers at a steady rate, whatever the shop answers, over connections that are kept. An order that failed is sent again with
 * its key, as callers do; the failure counts all the same.
 */
export class OrderLoad {
  readonly #client: HttpClient;
  readonly #underWay = new Set<Promise<void>>();
  readonly #acceptedIds: string[] = [];
  readonly #failed: Record<string, number> = {};
  #requests = 0;
  #begun = 0;
  #unanswered = 0;
  readonly #timer: NodeJS.Timeout;

  private constructor(private readonly options: LoadOptions) {
    this.#client = new HttpClient(options.webUrl, CONNECTIONS, TIMEOUT_MS);
    const startedAtMs = performance.now();
    this.#timer = setInterval(() => {
      const due = ((performance.now() - startedAtMs) / 1_000) * options.ordersPerSecond;
      while (this.#begun < due) this.#begin();
    }, TICK_MS);
  }

  static start(options: LoadOptions): OrderLoad {
    return new OrderLoad(options);
  }

  /** Orders that were answered with 202 so far. */
  get accepted(): number {
    return this.#acceptedIds.length;
  }

  /** Begins no more, and waits until everything that was begun has its answer. */
  async stop(): Promise<LoadReport> {
    clearInterval(this.#timer);
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
    this.#client.close();
    return {
      requests: this.#requests,
      failed: this.#failed,
      acceptedIds: this.#acceptedIds,
      unanswered: this.#unanswered,
    };
  }

  #begin(): void {
    const work: Promise<void> = this.#visit(this.#begun++).finally(() => void this.#underWay.delete(work));
    this.#underWay.add(work);
  }

  async #visit(number: number): Promise<void> {
    const { goods } = this.options;
    await this.#request(200, 'GET', '/v1/items?limit=5');
    const id = await this.#placeOrder(`${goods.customerId}-${number}`, goods.order(number));
    if (id === undefined) return void this.#unanswered++;
    this.#acceptedIds.push(id);
    await this.#request(200, 'GET', `/v1/orders/${id}`);
  }

  async #placeOrder(key: string, order: object): Promise<string | undefined> {
    const giveUpAt = performance.now() + GIVE_UP_AFTER_MS;
    while (performance.now() < giveUpAt) {
      const answer = await this.#request(202, 'POST', '/v1/orders', key, JSON.stringify(order));
      if (answer) return (answer.body as { id: string }).id;
      await sleep(RETRY_PAUSE_MS);
    }
    return undefined;
  }

  /** @returns undefined when it failed */
  async #request(
    healthy: number,
    method: 'GET' | 'POST',
    path: string,
    key?: string,
    body?: string,
  ): Promise<HttpAnswer | undefined> {
    this.#requests++;
    try {
      const headers = { 'content-type': 'application/json', ...(key !== undefined && { 'idempotency-key': key }) };
      const answer = await this.#client.call({ method, path, headers, ...(body !== undefined && { body }) });
      if (answer.status === healthy) return answer;
      this.#countFailure(`${method} ${answer.status}`);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      this.#countFailure(`${method} ${code ?? message}`);
    }
    return undefined;
  }

  #countFailure(kind: string): void {
    this.#failed[kind] = (this.#failed[kind] ?? 0) + 1;
  }
}
