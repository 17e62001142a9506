import type { OutgoingMessage } from '@looseleaf/messaging';

/** Messages of one transaction for one queue or topic, in their order. */
export interface OutboxBatch {
  readonly kind: 'queue' | 'topic';
  readonly name: string;
  readonly messages: OutgoingMessage[];
}

/** Collects what a transaction sends and publishes; one batch for each destination. */
export class OutboxBuffer {
  private readonly batches = new Map<string, OutboxBatch>();

  add(kind: OutboxBatch['kind'], name: string, messages: readonly OutgoingMessage[]): void {
    if (messages.length === 0) return;
    const key = destinationKey({ kind, name });
    const batch = this.batches.get(key);
    if (batch) batch.messages.push(...messages);
    else this.batches.set(key, { kind, name, messages: [...messages] });
  }

  get isEmpty(): boolean {
    return this.batches.size === 0;
  }

  encode(): string {
    return JSON.stringify([...this.batches.values()]);
  }
}

export function destinationKey({ kind, name }: Pick<OutboxBatch, 'kind' | 'name'>): string {
  return `${kind} ${name}`;
}
