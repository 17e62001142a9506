import { startTestPostgres, type TestPostgres } from '@looseleaf/infra';
import type { MessageBroker } from '@looseleaf/messaging';
import { answerProblem, startStandIn, type StandIn } from './stand-in.js';
import { provisionBroker, startWeb, until, type WebUnderTest } from './web-under-test.js';

/** The line of every order that is placed here. */
export const PEN = { sku: 'PEN-1', quantity: 2 };

/** A web tier with a real broker behind it, and a stand-in for the order service. */
export class OrderStage {
  private constructor(
    private readonly postgres: TestPostgres,
    readonly brokerUrl: string,
    readonly broker: MessageBroker,
    readonly orders: StandIn,
    readonly web: WebUnderTest,
  ) {}

  static async start(): Promise<OrderStage> {
    const postgres = await startTestPostgres();
    const brokerUrl = await postgres.createDatabase('broker');
    const [broker, orders] = await Promise.all([provisionBroker(brokerUrl), startStandIn()]);
    const web = await startWeb({ brokerUrl, ordersUrl: orders.url });
    return new OrderStage(postgres, brokerUrl, broker, orders, web);
  }

  /** Whatever a test did to the connection, the next one begins with a service that answers. */
  async reset(): Promise<void> {
    await this.orders.disappear();
    this.orders.behave(answerProblem(404));
    await this.orders.comeBack();
    await until(async () => (await fetch(`${this.web.url}/v1/orders`)).status === 404);
    this.orders.requests.length = 0;
  }

  async stop(): Promise<void> {
    await Promise.all([this.web.stop(), this.broker.close(), this.orders.disappear()]);
    await this.postgres.stop();
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
