import type { OutgoingMessage } from '@looseleaf/messaging';

let count = 0;

/** A message with the given parts and an id of its own. */
export function aMessage(parts: Partial<OutgoingMessage> = {}): OutgoingMessage {
  count += 1;
  return {
    id: `message-${count}`,
    name: 'thing.happened',
    version: 1,
    body: {},
    occurredAt: new Date().toISOString(),
    headers: {},
    ...parts,
  };
}

/** Messages whose bodies are `{ index }`. */
export function messages(
  total: number,
  parts: (index: number) => Partial<OutgoingMessage> = () => ({}),
): OutgoingMessage[] {
  return Array.from({ length: total }, (_, index) => aMessage({ body: { index }, ...parts(index) }));
}

/** Of the body of {@link messages}. */
export function indexOf(body: unknown): number {
  return (body as { index: number }).index;
}
