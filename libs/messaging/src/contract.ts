/**
 * What a producer and its consumers agree on for one kind of message. Contracts are plain data, so a package that
 * defines them needs nothing from this one.
 */
export interface MessageContract<Body = unknown> {
  /** A command is verb-noun and has one handler; an event is past tense and has any number of subscribers. */
  readonly kind: 'command' | 'event';
  /** Wire name, for example `order.place`. It never changes; a breaking change gets a new version. */
  readonly name: string;
  readonly version: number;
  /** The queue (command) or topic (event) that carries it. */
  readonly channel: string;
  readonly schema: BodySchema<Body>;
  /** Messages with the same key are delivered in the order in which they were sent. */
  groupKey(body: Body): string;
}

/** The part of a zod schema that messaging uses. Unknown fields must be stripped or kept, never refused. */
export interface BodySchema<Body> {
  safeParse(
    input: unknown,
  ):
    | { success: true; data: Body }
    | { success: false; error: { issues: readonly { path: readonly PropertyKey[]; message: string }[] } };
}
