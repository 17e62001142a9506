import type { MessageBroker } from '@looseleaf/messaging';
import { answerProblem, type StandIn } from './stand-in.js';
import { WebStage } from './web-stage.js';
import { until, type WebUnderTest } from './web-under-test.js';

/** The line of every order that is placed here. */
export const PEN = { sku: 'PEN-1', quantity: 2 };

/** A web tier with a real broker behind it, and a stand-in for the order service. */
export class OrderStage {
  private constructor(
    private readonly stage: WebStage,
    readonly orders: StandIn,
    readonly web: WebUnderTest,
  ) {}

  static async start(): Promise<OrderStage> {
    const stage = await WebStage.start();
    const orders = await stage.standIn();
    return new OrderStage(stage, orders, await stage.replica({ ordersUrl: orders.url }));
  }

  get broker(): MessageBroker {
    return this.stage.broker;
  }

  /** Starts another replica of the web tier. */
  replica(): Promise<WebUnderTest> {
    return this.stage.replica({ ordersUrl: this.orders.url });
  }

  /** Whatever a test did to the connection, the next one begins with a service that answers. */
  async reset(): Promise<void> {
    await this.orders.disappear();
    this.orders.behave(answerProblem(404));
    await this.orders.comeBack();
    await until(async () => (await fetch(`${this.web.url}/v1/orders`)).status === 404);
    this.orders.requests.length = 0;
  }

  stop(): Promise<void> {
    return this.stage.stop();
  }

  /** @returns the id of the order */
  async place(): Promise<string> {
    const response = await fetch(`${this.web.url}/v1/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ lines: [PEN] }),
    });
    return ((await response.json()) as { id: string }).id;
  }

  read(id: string, init?: RequestInit): Promise<Response> {
    return fetch(`${this.web.url}/v1/orders/${id}`, init);
  }
}
