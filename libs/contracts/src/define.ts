import type { z } from 'zod';

/** The shape of a contract; `@looseleaf/messaging` takes it as it is, without this package knowing of it. */
export interface Contract<Schema extends z.ZodType> {
  readonly kind: 'command' | 'event';
  readonly name: string;
  readonly version: number;
  readonly channel: string;
  readonly schema: Schema;
  groupKey(body: z.infer<Schema>): string;
}

interface Definition<Schema extends z.ZodType> {
  readonly name: string;
  readonly version: number;
  readonly schema: Schema;
  groupKey(body: z.infer<Schema>): string;
}

/** A command: `verb-noun`, sent to a queue that has one consumer. */
export function defineCommand<Schema extends z.ZodType>(
  queue: string,
  definition: Definition<Schema>,
): Contract<Schema> {
  return { kind: 'command', channel: queue, ...definition };
}

/** An event: past tense, published on a topic that anyone may subscribe to. */
export function defineEvent<Schema extends z.ZodType>(topic: string, definition: Definition<Schema>): Contract<Schema> {
  return { kind: 'event', channel: topic, ...definition };
}
