import type { BrokerLogger } from '@looseleaf/messaging/adapter';
import type { KafkaConnection } from '../kafka-connection.js';
import { translateError } from '../kafka-errors.js';
import type { OutgoingRecord } from './encode.js';
import { ProducerSession } from './producer-session.js';

/** Writes records, with an idempotent producer and `acks=all`; one that failed is replaced at the next write. */
export class KafkaProducer {
  #session: ProducerSession | undefined;
  /** In succession. */
  #failures = 0;

  /** @param connection its own: closed with it */
  constructor(
    private readonly connection: KafkaConnection,
    private readonly logger: BrokerLogger,
  ) {}

  /**
   * Resolves when every record is stored; those that are `stored` already are left out.
   * @throws UnavailableError some may be stored: their `stored` is set where that is known; PermanentError
   */
  async write(records: readonly OutgoingRecord[]): Promise<void> {
    this.#session ??= new ProducerSession(this.connection);
    try {
      await this.#session.write(records.filter(({ stored }) => !stored));
    } catch (error) {
      this.#session = undefined;
      this.#failures += 1;
      if (this.#failures === 1)
        this.logger.warn({ err: error }, 'records cannot be written; trying with a new producer');
      throw translateError(error);
    }
    if (this.#failures > 0) this.logger.info({ attempts: this.#failures }, 'records are written again');
    this.#failures = 0;
  }

  close(): Promise<void> {
    return this.connection.close();
  }
}
