import {
  type BatchHandler,
  type ConsumeOptions,
  type Consumer,
  type MessageBroker,
  type OutgoingMessage,
  type Queue,
  type QueueAdministration,
  type Topic,
  type Topology,
} from '@looseleaf/messaging';
import { SILENT, type BrokerLogger, BatchingSender } from '@looseleaf/messaging/adapter';
import type { Admin, Kafka } from 'kafkajs';
import { KafkaAdministration } from './administration.js';
import { channelOf } from './channels.js';
import { CleanUp } from './clean-up.js';
import { KafkaConsumer } from './consumer/kafka-consumer.js';
import { createKafka, KafkaConnection } from './kafka-connection.js';
import { translateError } from './kafka-errors.js';
import type { KafkaSecurity } from './kafka-security.js';
import { Declarations } from './provisioning/declarations.js';
import { checkTopology, provision } from './provisioning/provision.js';
import type { TopicOptions } from './provisioning/topics.js';
import { encode, type OutgoingRecord } from './sending/encode.js';
import { KafkaProducer } from './sending/kafka-producer.js';
import { KnownTopics } from './sending/known-topics.js';
import { untilAvailable, withTimeLimit } from './time-limit.js';

export interface KafkaBrokerOptions {
  /** `host:port` of some nodes of the cluster; the others are learned from them. */
  readonly brokers: readonly string[];
  /** Shown in the nodes' logs and metrics. */
  readonly clientId: string;
  /** Default: plain connections, as nobody. */
  readonly security?: KafkaSecurity;
  readonly logger?: BrokerLogger;
  /** How long `send` and `publish` wait at most, a change of leaders included. Default 5000. */
  readonly sendTimeoutMs?: number;
  /** When as many wait, `send` fails at once. Default 10 000. */
  readonly maxBufferedMessages?: number;
  /** How long a consumer may be silent before others take over. Not below the cluster's `group.min.session.timeout.ms`. Default 6000. */
  readonly sessionTimeoutMs?: number;
  /** What is done stays for at least this time, and is then deleted. Default 10 minutes. */
  readonly cleanUpIntervalMs?: number;
  /** Of what `declare` creates. */
  readonly topics?: TopicOptions;
}

/**
 * Queues and topics in a Kafka cluster. Connects when it is first used, and again whenever the cluster went away.
 *
 * What Kafka does not give:
 * - `deduplicationId` is ignored: there is no index of what a topic holds. Consumers recognise a repetition by its id.
 * - A batch belongs to its consumer for as long as that one is a member of the group, not for `visibilityTimeoutMs`: it
 *   goes to another one `sessionTimeoutMs` after its consumer's last sign of life.
 * - `wants` is always true: a topic keeps events for later subscribers.
 * - Of a `send` to several partitions, some messages may be stored after an `UnavailableError`.
 * - The order of a group holds as long as no partitions are added to its topic.
 */
export function createKafkaBroker(options: KafkaBrokerOptions): MessageBroker {
  return new KafkaBroker(options);
}

const CLOSE_DEADLINE_MS = 10_000;
const DEFAULT_SEND_TIMEOUT_MS = 5000;
const DECLARE_TIMEOUT_MS = 30_000;

class KafkaBroker implements MessageBroker {
  readonly administration: QueueAdministration;
  readonly #kafka: Kafka;
  readonly #admin: Admin;
  readonly #connection: KafkaConnection;
  readonly #declarations: Declarations;
  readonly #knownTopics: KnownTopics;
  readonly #producer: KafkaProducer;
  readonly #sender: BatchingSender<OutgoingRecord>;
  /** Sends that wait to hear that their topic is there. */
  readonly #firstSends = new Set<Promise<void>>();
  readonly #cleanUp: CleanUp;
  readonly #consumers = new Set<KafkaConsumer>();
  readonly #logger: BrokerLogger;
  readonly #timeoutMs: number;

  constructor(private readonly options: KafkaBrokerOptions) {
    this.#logger = options.logger ?? SILENT;
    this.#timeoutMs = options.sendTimeoutMs ?? DEFAULT_SEND_TIMEOUT_MS;
    this.#kafka = createKafka(options);
    this.#admin = this.#kafka.admin();
    this.#connection = new KafkaConnection(this.#kafka);
    this.#declarations = new Declarations(this.#connection);
    this.#knownTopics = new KnownTopics(this.#connection, this.#timeoutMs);
    this.#producer = new KafkaProducer(new KafkaConnection(this.#kafka), this.#logger);
    this.#sender = new BatchingSender({
      timeoutMs: this.#timeoutMs,
      maxBufferedMessages: options.maxBufferedMessages ?? 10_000,
      write: (records) => this.#producer.write(records),
    });
    this.#cleanUp = new CleanUp({
      admin: this.#admin,
      connection: this.#connection,
      declarations: this.#declarations,
      intervalMs: options.cleanUpIntervalMs ?? 600_000,
      logger: this.#logger,
    });
    this.administration = new KafkaAdministration({
      admin: this.#admin,
      connection: this.#connection,
      declarations: this.#declarations,
      timeoutMs: this.#timeoutMs,
      write: (records) => this.#sender.send(records),
    });
  }

  queue(name: string): Queue {
    const [topic = name] = channelOf(name).topics;
    return {
      name,
      send: (messages: readonly OutgoingMessage[]) => this.#send(topic, messages),
      consume: (handler: BatchHandler, options: ConsumeOptions = {}): Consumer => {
        const consumer = new KafkaConsumer({
          queue: name,
          connection: new KafkaConnection(this.#kafka),
          declarations: this.#declarations,
          handler,
          options,
          sessionTimeoutMs: this.options.sessionTimeoutMs ?? 6000,
          logger: this.#logger,
          write: (records) => this.#sender.send(records),
        });
        this.#cleanUp.include(name);
        this.#consumers.add(consumer);
        return { stop: (deadlineMs) => consumer.stop(deadlineMs).finally(() => this.#consumers.delete(consumer)) };
      },
    };
  }

  topic(name: string): Topic {
    return {
      name,
      publish: (events: readonly OutgoingMessage[]) => this.#send(name, events),
      wants: () => true,
    };
  }

  async declare(topology: Topology): Promise<void> {
    checkTopology(topology);
    const parts = {
      admin: this.#admin,
      connection: this.#connection,
      declarations: this.#declarations,
      options: this.options.topics ?? {},
      write: (records: readonly OutgoingRecord[]) => this.#sender.send(records),
    };
    await untilAvailable(() => provision(topology, parts), DECLARE_TIMEOUT_MS);
  }

  async ping(queues: readonly string[] = []): Promise<void> {
    const topics = queues.flatMap((queue) => channelOf(queue).topics);
    try {
      await withTimeLimit(
        this.#connection.use((cluster) => cluster.refreshMetadata()),
        this.#timeoutMs,
      );
      await Promise.all(topics.map((topic) => this.#knownTopics.check(topic)));
    } catch (error) {
      throw translateError(error);
    }
  }

  async close(): Promise<void> {
    this.#cleanUp.stop();
    await Promise.allSettled([...this.#consumers].map((consumer) => consumer.stop(CLOSE_DEADLINE_MS)));
    const sent = Promise.allSettled(this.#firstSends).then(() => this.#sender.drain());
    await withTimeLimit(sent, CLOSE_DEADLINE_MS).catch(() => undefined);
    await Promise.all([this.#producer.close(), this.#connection.close(), this.#admin.disconnect()]);
  }

  async #send(topic: string, messages: readonly OutgoingMessage[]): Promise<void> {
    const records = messages.map((message) => encode(topic, message));
    if (this.#knownTopics.has(topic)) return this.#sender.send(records);
    const sending = this.#knownTopics.check(topic).then(() => this.#sender.send(records));
    this.#firstSends.add(sending);
    await sending.finally(() => this.#firstSends.delete(sending));
  }
}
