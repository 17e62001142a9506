import type { SubscriptionFilter } from './filter-policy.js';
import type { Message, OutgoingMessage } from './message.js';

/**
 * A queue: each message goes to one consumer.
 *
 * - **Delivery**: at least once. What `send` resolved for survives the death of any process, the broker included.
 * - **Ordering**: messages with the same `groupKey` are delivered in the order in which they were sent. A message that
 *   fails holds back the later ones of its own group only, until it is done or dead-lettered. Without a key: no order.
 * - **Atomicity**: one `send` is stored whole or not at all. After an {@link UnavailableError} it may have been stored (on
 *   Kafka, where a send may concern several partitions, also in part); sending it again with the same ids is safe, because
 *   consumers recognise them.
 * - **Shutdown**: `Consumer.stop` takes no more, lets the running batches finish and settle, and then returns.
 */
export interface Queue {
  readonly name: string;
  /**
   * Resolves when all messages are durable.
   * @throws UnavailableError the broker is away, too slow, or its send buffer is full
   */
  send(messages: readonly OutgoingMessage[]): Promise<void>;
  /** Starts to take messages. Connects in the background, and again whenever the broker went away. */
  consume(handler: BatchHandler, options?: ConsumeOptions): Consumer;
}

/**
 * A topic: each subscription gets its own copy of each event that passes its filter. A subscription is a queue, with the
 * queue's guarantees, so a slow or dead subscriber delays nobody. An event that nobody subscribed to is gone.
 */
export interface Topic {
  readonly name: string;
  /** Resolves when every subscription's copy is durable; all copies of all events, or none. */
  publish(events: readonly OutgoingMessage[]): Promise<void>;
  /**
   * Whether somebody may want the events of this name; at once, from what is known. A producer may leave out what nobody
   * wants, and need not even make it. False only when that is certain: a subscription gets every event of work that began
   * after its declaration resolved. In doubt, and on brokers that keep events for later subscribers, always true.
   */
  wants(eventName: string): boolean;
}

export interface MessageBroker {
  queue(name: string): Queue;
  topic(name: string): Topic;
  /**
   * Creates or updates queues, topics and subscriptions; safe to repeat and to run from several processes. Resolves when
   * no publisher goes by earlier subscriptions any more, which takes a moment when those of an existing topic changed.
   */
  declare(topology: Topology): Promise<void>;
  /**
   * Resolves when the broker answers, and these queues are declared; for readiness.
   * @throws UnavailableError; MessagingConfigurationError for a queue that is not declared
   */
  ping(queues?: readonly string[]): Promise<void>;
  readonly administration: QueueAdministration;
  /** Stops the consumers, sends what is buffered, closes the connections. */
  close(): Promise<void>;
}

/** What operators do with queues. */
export interface QueueAdministration {
  stats(): Promise<QueueStats[]>;
  deadLetters(queue: string, limit: number): Promise<DeadLetter[]>;
  /** Gives dead letters back to their queue, oldest first; the number that went back. */
  redrive(queue: string, limit?: number): Promise<number>;
}

export interface QueueStats {
  readonly queue: string;
  /** Waiting, delayed ones included; in flight ones not. */
  readonly depth: number;
  readonly inFlight: number;
  /** Age of the oldest message that is not done, in milliseconds; 0 when there is none. */
  readonly oldestAgeMs: number;
  readonly deadLettered: number;
}

export interface DeadLetter {
  readonly message: Message;
  readonly queue: string;
  readonly error: string;
  readonly attempts: number;
  readonly deadLetteredAt: Date;
}

export interface Topology {
  readonly queues: readonly QueueDeclaration[];
  readonly topics: readonly string[];
  readonly subscriptions: readonly SubscriptionDeclaration[];
}

export interface QueueDeclaration {
  readonly name: string;
  /** Deliveries before a message is dead-lettered. Default 5. */
  readonly maxReceiveCount?: number;
  /** A message older than this is dead-lettered with reason `MESSAGE.EXPIRED`. Default 4 days, as in SQS. */
  readonly retentionMs?: number;
}

/** The subscription's queue is named `<topic>/<name>`. */
export interface SubscriptionDeclaration {
  readonly topic: string;
  readonly name: string;
  readonly filter?: SubscriptionFilter;
  readonly maxReceiveCount?: number;
  readonly retentionMs?: number;
}

export function subscriptionQueueName(topic: string, subscription: string): string {
  return `${topic}/${subscription}`;
}

export interface ConsumeOptions {
  /** Largest batch handed to the handler. Default 500. */
  readonly maxMessages?: number;
  /** Batches handled at the same time; no group is in two of them. Default 1. */
  readonly concurrency?: number;
  /**
   * How long a batch stays hidden from other consumers after its consumer died; extended while the handler runs. Default
   * 10 000. On Kafka that is the session timeout, the same for all queues of a broker.
   */
  readonly visibilityTimeoutMs?: number;
  /** Shortest time between two takes under load, so that batches fill; an idle queue is taken from at once. Default 10. */
  readonly lingerMs?: number;
}

export interface Consumer {
  /** Resolves when no batch is running any more, or rejects after the deadline; what is unfinished is redelivered. */
  stop(deadlineMs: number): Promise<void>;
}

/** One delivery of one message. */
export interface Delivery {
  readonly message: Message;
  /** 1 at the first delivery. */
  readonly receiveCount: number;
  readonly sentAt: Date;
}

/** Answers one settlement for each delivery, in the same order. A rejection fails every message of the batch. */
export type BatchHandler = (batch: readonly Delivery[]) => Promise<readonly Settlement[]>;

export type Settlement =
  /** Its effect is committed: it is removed. */
  | { readonly kind: 'done' }
  /** Counts as an attempt; redelivered after the delay, or dead-lettered after `maxReceiveCount` attempts, or at once when `permanent`. */
  | { readonly kind: 'failed'; readonly error: unknown; readonly delayMs?: number; readonly permanent?: boolean }
  /** Not tried, or not the message's fault: does not count. A batch that is released whole pauses its consumer for the delay, and the next one is smaller. */
  | { readonly kind: 'released'; readonly delayMs: number };

export const DONE: Settlement = Object.freeze({ kind: 'done' });
