import { MessagingConfigurationError } from '@looseleaf/messaging';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KafkaConnection } from '../kafka-connection.js';
import { errorType } from '../kafka-errors.js';

/** A node learns of a topic that another has just created within this time. */
const ATTEMPTS = 4;
const PAUSE_MS = 100;

/** Tells undeclared topics at once; kafkajs would try for many seconds. */
export class KnownTopics {
  readonly #known = new Set<string>();

  constructor(private readonly connection: KafkaConnection) {}

  /** @throws MessagingConfigurationError when the topic is not declared; what kafkajs throws */
  async check(topic: string): Promise<void> {
    if (this.#known.has(topic)) return;
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.connection.use((cluster) => cluster.addTargetTopic(topic));
        this.#known.add(topic);
        return;
      } catch (error) {
        if (errorType(error) !== 'UNKNOWN_TOPIC_OR_PARTITION') throw error;
        if (attempt === ATTEMPTS) throw new MessagingConfigurationError(`${topic} is not declared`);
        await sleep(PAUSE_MS);
      }
    }
  }
}
