import { DONE, type BatchHandler, type Delivery, type Settlement } from '../broker.js';
import type { Message } from '../message.js';
import { eventually } from './eventually.js';
import { indexOf } from './messages.js';

/** A handler that remembers what it was given. */
export class Collector {
  readonly deliveries: Delivery[] = [];
  readonly batches: (readonly Delivery[])[] = [];

  /** @param settle how each delivery ends; by default it is done */
  constructor(private readonly settle: (delivery: Delivery) => Settlement | Promise<Settlement> = () => DONE) {}

  readonly handler: BatchHandler = async (batch) => {
    this.batches.push(batch);
    this.deliveries.push(...batch);
    const settlements: Settlement[] = [];
    for (const delivery of batch) settlements.push(await this.settle(delivery));
    return settlements;
  };

  get messages(): Message[] {
    return this.deliveries.map(({ message }) => message);
  }

  get ids(): string[] {
    return this.deliveries.map(({ message }) => message.id);
  }

  /** The `index` of each delivery's body. */
  get indexes(): number[] {
    return this.deliveries.map(({ message }) => indexOf(message.body));
  }

  async untilCount(count: number, withinMs?: number): Promise<void> {
    await eventually(
      () => this.deliveries.length >= count,
      `${count} deliveries, not ${this.deliveries.length}`,
      withinMs,
    );
  }
}

/** A promise, and how to settle it from outside. */
export interface Gate {
  readonly opened: Promise<void>;
  open(): void;
}

export function gate(): Gate {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open: () => open() };
}

/** The ids of each group's messages: the order between groups is nobody's promise. */
export function idsByGroup(messages: readonly Message[]): Record<string, string[]> {
  const groups: Record<string, string[]> = {};
  for (const { groupKey = '', id } of messages) (groups[groupKey] ??= []).push(id);
  return groups;
}
