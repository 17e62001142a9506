import { MessagingConfigurationError } from '@looseleaf/messaging';

/** Where a queue, or a subscription's queue, lives in Kafka. */
export interface Channel {
  /** The consumer group. */
  readonly group: string;
  /** Read by the group: the queue's topic; or the subscribed topic, and the one to which its dead letters go back. */
  readonly topics: readonly string[];
  /** Where redriven messages go: of a subscription not to the topic itself, where the others would get them again. */
  readonly redriveTo: string;
  readonly deadLetters: string;
}

/** @param queue of a queue, or `<topic>/<name>` */
export function channelOf(queue: string): Channel {
  const [topic = queue, subscription] = queue.split('/', 2);
  if (subscription === undefined) {
    return { group: queue, topics: [queue], redriveTo: queue, deadLetters: `${queue}.dlq` };
  }
  const own = `${topic}.${subscription}`;
  return { group: queue, topics: [topic, `${own}.retry`], redriveTo: `${own}.retry`, deadLetters: `${own}.dlq` };
}

/** Kafka's own rule (Topic.java), with room for our endings. */
const NAME = /^[a-zA-Z0-9._-]{1,200}$/;

/** @throws MessagingConfigurationError */
export function checkName(name: string): void {
  if (NAME.test(name) && name !== '.' && name !== '..') return;
  throw new MessagingConfigurationError(
    `"${name}" cannot be a topic of Kafka: 1 to 200 letters, digits, dots, underscores and hyphens are allowed`,
  );
}
