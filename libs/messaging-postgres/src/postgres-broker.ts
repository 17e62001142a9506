import {
  compileFilter,
  subscriptionQueueName,
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
import { SILENT, type BatchingSender, type BrokerLogger } from '@looseleaf/messaging/adapter';
import { setTimeout as sleep } from 'node:timers/promises';
import { PostgresAdministration } from './administration.js';
import { Connections, type ConnectionOptions } from './connections.js';
import { PostgresConsumer } from './consumer.js';
import { encode, type EncodedMessage } from './encode.js';
import { Housekeeping } from './housekeeping.js';
import { DECLARATION_WAIT_MS } from './interest.js';
import { createQueueSender, type SenderOptions } from './queue-sender.js';
import { QueueStore } from './queue-store.js';
import { TopicPublisher } from './topic-publisher.js';
import { WakeUps } from './wake-ups.js';

export interface PostgresBrokerOptions {
  /** `postgres://…` of the database that `migrateBroker` prepared. */
  readonly url: string;
  /** Shown in the server's list of connections. */
  readonly applicationName: string;
  readonly logger?: BrokerLogger;
  /** How long `send` and `publish` wait at most, a restart of the server included. Default 5000. */
  readonly sendTimeoutMs?: number;
  /** Per queue or topic; when it is full, `send` fails at once. Default 10 000. */
  readonly maxBufferedMessages?: number;
}

/** The embedded broker: durable queues and topics in a PostgreSQL database. Connects when it is first used. */
export function createPostgresBroker(options: PostgresBrokerOptions): MessageBroker {
  return new PostgresBroker(options);
}

const CLOSE_DEADLINE_MS = 10_000;
const PING = { name: 'broker_ping', text: 'SELECT broker.check_queues($1)' };
const DECLARE = { name: 'broker_declare', text: 'SELECT broker.declare($1)' };

class PostgresBroker implements MessageBroker {
  readonly administration: QueueAdministration;
  private readonly connections: Connections;
  private readonly wakeUps: WakeUps;
  private readonly housekeeping: Housekeeping;
  private readonly logger: BrokerLogger;
  private readonly senderOptions: SenderOptions;
  private readonly senders = new Map<string, BatchingSender<EncodedMessage>>();
  private readonly publishers = new Map<string, TopicPublisher>();
  private readonly consumers = new Set<PostgresConsumer>();

  constructor(options: PostgresBrokerOptions) {
    const timeoutMs = options.sendTimeoutMs ?? 5000;
    const connection: ConnectionOptions = { url: options.url, applicationName: options.applicationName, timeoutMs };
    this.logger = options.logger ?? SILENT;
    this.senderOptions = { timeoutMs, maxBufferedMessages: options.maxBufferedMessages ?? 10_000 };
    this.connections = new Connections(connection);
    this.wakeUps = new WakeUps(connection, this.logger);
    this.housekeeping = new Housekeeping(this.connections, this.logger);
    this.administration = new PostgresAdministration(this.connections);
  }

  queue(name: string): Queue {
    return {
      name,
      send: async (messages: readonly OutgoingMessage[]) => this.sender(name).send(messages.map(encode)),
      consume: (handler: BatchHandler, options: ConsumeOptions = {}): Consumer => {
        this.housekeeping.start();
        const store = new QueueStore(this.connections, name);
        const consumer = new PostgresConsumer(store, this.wakeUps, handler, options, this.logger);
        this.consumers.add(consumer);
        return { stop: (deadlineMs) => consumer.stop(deadlineMs).finally(() => this.consumers.delete(consumer)) };
      },
    };
  }

  topic(name: string): Topic {
    return {
      name,
      publish: async (events: readonly OutgoingMessage[]) =>
        this.publisher(name).sender.send(events.map((event) => ({ ...encode(event), event }))),
      wants: (eventName: string) => this.publisher(name).interest.wants(eventName),
    };
  }

  async declare({ queues, topics, subscriptions }: Topology): Promise<void> {
    for (const { filter } of subscriptions) compileFilter(filter);
    const subscribed = subscriptions.map(({ topic, name, filter, maxReceiveCount, retentionMs }) => ({
      topic,
      filter,
      maxReceiveCount,
      retentionMs,
      queue: subscriptionQueueName(topic, name),
    }));
    const ownQueues = subscribed.map(({ queue, maxReceiveCount, retentionMs }) => ({
      name: queue,
      maxReceiveCount,
      retentionMs,
    }));
    const topology = { queues: [...queues, ...ownQueues], topics, subscriptions: subscribed };
    const [row] = await this.connections.query<[mustWait: boolean]>(DECLARE, [JSON.stringify(topology)]);
    if (row?.[0]) await sleep(DECLARATION_WAIT_MS);
  }

  async ping(queues: readonly string[] = []): Promise<void> {
    await this.connections.query(PING, [queues]);
  }

  async close(): Promise<void> {
    await Promise.allSettled([...this.consumers].map((consumer) => consumer.stop(CLOSE_DEADLINE_MS)));
    await Promise.all([...this.senders.values()].map((sender) => sender.drain()));
    await Promise.all([...this.publishers.values()].map(({ sender }) => sender.drain()));
    this.housekeeping.stop();
    for (const { interest } of this.publishers.values()) interest.close();
    await Promise.all([this.wakeUps.close(), this.connections.close()]);
  }

  private sender(queue: string): BatchingSender<EncodedMessage> {
    let sender = this.senders.get(queue);
    if (!sender) this.senders.set(queue, (sender = createQueueSender(this.connections, queue, this.senderOptions)));
    return sender;
  }

  private publisher(topic: string): TopicPublisher {
    let publisher = this.publishers.get(topic);
    if (!publisher) {
      this.publishers.set(topic, (publisher = new TopicPublisher(this.connections, topic, this.senderOptions)));
    }
    return publisher;
  }
}
