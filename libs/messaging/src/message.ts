import type { MessageContract } from './contract.js';
import { PermanentError } from './errors.js';
import { isoTime } from './iso-time.js';
import { createMessageId } from './message-id.js';

/** What travels: the envelope and the body. JSON on the wire. */
export interface Message<Body = unknown> {
  /** UUIDv7. Stays the same over retries and redeliveries, so consumers can recognise a duplicate. */
  readonly id: string;
  readonly name: string;
  readonly version: number;
  /** Messages of one group are delivered in order; without a key there is no order. */
  readonly groupKey?: string;
  readonly body: Body;
  /** RFC 3339 UTC. */
  readonly occurredAt: string;
  readonly headers: MessageHeaders;
}

export interface MessageHeaders {
  /** The id of the first message of a conversation. */
  readonly correlationId?: string;
  /** The id of the message that caused this one. */
  readonly causationId?: string;
  /** W3C trace context. */
  readonly traceparent?: string;
  readonly [name: string]: string | undefined;
}

export interface OutgoingMessage<Body = unknown> extends Message<Body> {
  /** A second message with the same id within five minutes is accepted and not delivered; on Kafka, it is delivered. */
  readonly deduplicationId?: string;
  /** Not delivered before this time has passed. */
  readonly delayMs?: number;
}

/**
 * Builds the message for a contract. The body is checked against the schema.
 * @param cause the message being handled, from which correlation and causation are taken
 * @throws PermanentError `MESSAGE.INVALID` when the body does not fit the contract
 */
export function createMessage<Body>(contract: MessageContract<Body>, body: Body, cause?: Message): Message<Body> {
  return wrap(contract, parseBody(contract, body), cause);
}

/** As {@link createMessage}, for a body that an edge has just parsed with the same schema: the check is not repeated. */
export function createCheckedMessage<Body>(
  contract: MessageContract<Body>,
  body: Body,
  cause?: Message,
): Message<Body> {
  return wrap(contract, body, cause);
}

function wrap<Body>(contract: MessageContract<Body>, body: Body, cause?: Message): Message<Body> {
  const id = createMessageId();
  return {
    id,
    name: contract.name,
    version: contract.version,
    groupKey: contract.groupKey(body),
    body,
    occurredAt: isoTime(Date.now()),
    headers: {
      correlationId: cause?.headers.correlationId ?? cause?.id ?? id,
      ...(cause && { causationId: cause.id }),
      ...(cause?.headers.traceparent && { traceparent: cause.headers.traceparent }),
    },
  };
}

/** @throws PermanentError `MESSAGE.INVALID`, with every fault and where it is */
export function parseBody<Body>(contract: MessageContract<Body>, body: unknown): Body {
  const result = contract.schema.safeParse(body);
  if (result.success) return result.data;
  const faults = result.error.issues.map((issue) => `/${issue.path.map(String).join('/')}: ${issue.message}`);
  throw new PermanentError(
    'MESSAGE.INVALID',
    `the body of ${contract.name} v${contract.version} does not fit: ${faults.join('; ')}`,
  );
}

/** The wire form: JSON without the sending options. */
export function encodeMessage(message: OutgoingMessage): string {
  const { id, name, version, groupKey, body, occurredAt, headers } = message;
  return JSON.stringify({ id, name, version, groupKey, body, occurredAt, headers });
}

/** @throws PermanentError `MESSAGE.MALFORMED` when the text is no envelope */
export function decodeMessage(text: string): Message {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new PermanentError('MESSAGE.MALFORMED', 'the envelope is not JSON', { cause });
  }
  if (!isEnvelope(value)) {
    throw new PermanentError('MESSAGE.MALFORMED', 'the envelope lacks id, name, version, body, occurredAt or headers');
  }
  return value;
}

function isEnvelope(value: unknown): value is Message {
  if (typeof value !== 'object' || value === null) return false;
  const envelope = value as Partial<Message>;
  return (
    typeof envelope.id === 'string' &&
    typeof envelope.name === 'string' &&
    typeof envelope.version === 'number' &&
    typeof envelope.occurredAt === 'string' &&
    typeof envelope.headers === 'object' &&
    envelope.headers !== null &&
    'body' in envelope
  );
}
