import { v7 as uuidv7 } from 'uuid';
import type { MessageBroker, QueueDeclaration } from '../broker.js';
import type { SubscriptionFilter } from '../filter-policy.js';
import type { OutgoingMessage } from '../message.js';

type Parts = Partial<Omit<OutgoingMessage, 'id'>>;

/** A message with the given parts and an id of its own. */
export function aMessage(parts: Parts = {}): OutgoingMessage {
  return {
    id: uuidv7(),
    name: 'thing.happened',
    version: 1,
    body: {},
    occurredAt: new Date().toISOString(),
    headers: {},
    ...parts,
  };
}

/** Messages whose bodies are `{ index }`. */
export function messages(count: number, parts: (index: number) => Parts = () => ({})): OutgoingMessage[] {
  return Array.from({ length: count }, (_, index) => aMessage({ body: { index }, ...parts(index) }));
}

/** Of the body of {@link messages}. */
export function indexOf(body: unknown): number {
  return (body as { index: number }).index;
}

let counter = 0;

/** A name that no other case uses. */
export function uniqueName(what: string): string {
  counter += 1;
  return `${what}.${process.pid}.${counter}`;
}

/** Declares a queue of the case's own; its name. */
export async function aQueue(broker: MessageBroker, options: Omit<QueueDeclaration, 'name'> = {}): Promise<string> {
  const name = uniqueName('queue');
  await broker.declare({ queues: [{ name, ...options }], topics: [], subscriptions: [] });
  return name;
}

/** Declares a topic of the case's own, with these subscriptions; its name. */
export async function aTopic(
  broker: MessageBroker,
  subscriptions: Record<string, SubscriptionFilter | undefined> = {},
): Promise<string> {
  const topic = uniqueName('topic');
  await broker.declare({
    queues: [],
    topics: [topic],
    subscriptions: Object.entries(subscriptions).map(([name, filter]) => ({ topic, name, ...(filter && { filter }) })),
  });
  return topic;
}
