import { MessagingConfigurationError } from '@looseleaf/messaging';
import type { KafkaConnection } from '../kafka-connection.js';
import { errorType } from '../kafka-errors.js';
import { untilAvailable } from '../time-limit.js';

/** A node that has just started, or been told of a new topic, knows all topics within this time. */
const CATCH_UP_MS = 2000;

/** Tells undeclared topics soon, before anything is sent; kafkajs would try for many seconds, and hold up the others. */
export class KnownTopics {
  readonly #known = new Set<string>();
  readonly #checks = new Map<string, Promise<void>>();

  constructor(
    private readonly connection: KafkaConnection,
    private readonly timeoutMs: number,
  ) {}

  has(topic: string): boolean {
    return this.#known.has(topic);
  }

  /**
   * Callers go on in the order in which they came.
   * @throws MessagingConfigurationError when the topic is not declared; UnavailableError
   */
  check(topic: string): Promise<void> {
    let check = this.#checks.get(topic);
    if (!check) {
      check = this.#find(topic);
      this.#checks.set(topic, check);
      check.then(
        // After those who wait for it, or others would get ahead of them.
        () => setImmediate(() => this.#known.add(topic)),
        () => this.#checks.delete(topic),
      );
    }
    return check;
  }

  #find(topic: string): Promise<void> {
    const startedAt = performance.now();
    return untilAvailable(async () => {
      try {
        await this.connection.use(async (cluster) => {
          // Of a node itself: who asks the cluster of kafkajs may be given an answer that others were waiting for already.
          const node = await cluster.findControllerBroker();
          await node.metadata([topic]);
        });
      } catch (error) {
        if (errorType(error) === 'UNKNOWN_TOPIC_OR_PARTITION' && performance.now() - startedAt > CATCH_UP_MS) {
          throw new MessagingConfigurationError(`${topic} is not declared`);
        }
        throw error;
      }
    }, this.timeoutMs);
  }
}
