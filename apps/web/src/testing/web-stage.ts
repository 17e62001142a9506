import { startTestPostgres, type TestPostgres } from '@looseleaf/infra';
import type { MessageBroker } from '@looseleaf/messaging';
import { startStandIn, type StandIn } from './stand-in.js';
import { provisionBroker, startWeb, type WebOptions, type WebUnderTest } from './web-under-test.js';

/** Replicas of the web tier with a real broker, and stand-ins for other services: what a test has of them ends together. */
export class WebStage {
  readonly #replicas: WebUnderTest[] = [];
  readonly #standIns: StandIn[] = [];

  private constructor(
    /** Nothing but the broker is on this server. */
    readonly postgres: TestPostgres,
    readonly broker: MessageBroker,
  ) {}

  static async start(): Promise<WebStage> {
    const postgres = await startTestPostgres();
    return new WebStage(postgres, await provisionBroker(await postgres.createDatabase('broker')));
  }

  get brokerUrl(): string {
    return this.postgres.url('broker');
  }

  /** Starts another replica of the web tier. */
  async replica(options: Omit<WebOptions, 'brokerUrl'> = {}): Promise<WebUnderTest> {
    const web = await startWeb({ brokerUrl: this.brokerUrl, ...options });
    this.#replicas.push(web);
    return web;
  }

  /** Starts a server in the place of another service. */
  async standIn(): Promise<StandIn> {
    const standIn = await startStandIn();
    this.#standIns.push(standIn);
    return standIn;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#replicas.map((web) => web.stop()));
    await Promise.all([this.broker.close(), ...this.#standIns.map((standIn) => standIn.disappear())]);
    await this.postgres.stop();
  }
}
