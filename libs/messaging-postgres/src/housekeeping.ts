import type { BrokerLogger } from '@looseleaf/messaging/adapter';
import type { Connections } from './connections.js';

const TIDY = { name: 'broker_tidy', text: 'SELECT broker.tidy()' };
const INTERVAL_MS = 45_000;

/** Runs the broker's clean-up now and then, in every process that consumes; the server lets one at a time do it. */
export class Housekeeping {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly connections: Connections,
    private readonly logger: BrokerLogger,
  ) {}

  start(): void {
    this.timer ??= setInterval(() => void this.tidy(), INTERVAL_MS * (0.75 + Math.random() / 2)).unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private async tidy(): Promise<void> {
    try {
      await this.connections.query(TIDY, []);
    } catch (error) {
      // Nothing depends on one run; the next one does its work.
      this.logger.warn({ err: error }, 'the clean-up of the broker failed');
    }
  }
}
