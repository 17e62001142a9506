import { binaryTextArray } from './binary-text-array.js';
import type { Connections } from './connections.js';
import type { Exceptions, MessageRow } from './held-batch.js';

const RECEIVE = { name: 'broker_receive', text: 'SELECT * FROM broker.receive($1, $2, $3, $4)' };
const SETTLE_AND_RECEIVE = {
  name: 'broker_settle_and_receive',
  text: 'SELECT * FROM broker.settle_and_receive($1, $2, $3, $4, $5, $6, $7, $8, $9)',
};
const SETTLE = { name: 'broker_settle', text: 'SELECT broker.settle($1, $2, $3, $4, $5, $6)' };
const RELEASE = { name: 'broker_release', text: 'SELECT broker.release($1, $2, $3)' };
const EXTEND = { name: 'broker_extend', text: 'SELECT broker.extend($1, $2, $3)' };
const LEAVE = { name: 'broker_leave', text: 'SELECT broker.leave($1)' };

export interface Take {
  /** Chosen by the caller; repeating a take with the same receipt gives the same batch. */
  readonly receipt: string;
  readonly maxMessages: number;
  readonly visibilityMs: number;
}

export interface Taken {
  readonly rows: MessageRow[];
  /** When nothing was taken: how long until something becomes due, if that is known. */
  readonly waitMs: number | null;
}

export interface Settling {
  readonly receipt: string;
  readonly exceptions: Exceptions;
}

/** The consumer's side of one queue in the database: one method a round trip. */
export class QueueStore {
  constructor(
    private readonly connections: Connections,
    readonly queue: string,
  ) {}

  /** Takes a batch, and settles the one before in the same round trip. */
  async take(take: Take, settling?: Settling): Promise<Taken> {
    const wanted = [take.receipt, take.maxMessages, take.visibilityMs];
    const rows = settling
      ? await this.connections.query<MessageRow>(SETTLE_AND_RECEIVE, [...this.settlement(settling), ...wanted])
      : await this.connections.query<MessageRow>(RECEIVE, [this.queue, ...wanted]);
    const [head, ...messages] = rows;
    return { rows: messages, waitMs: head?.[0] ?? null };
  }

  /** False when the batch is no longer this consumer's. */
  async settle(settling: Settling): Promise<boolean> {
    return this.ask(SETTLE, this.settlement(settling));
  }

  /** Gives a whole batch back, untried. */
  async release(receipt: string, delayMs: number): Promise<boolean> {
    return this.ask(RELEASE, [this.queue, receipt, Math.max(0, Math.ceil(delayMs))]);
  }

  async extend(receipt: string, visibilityMs: number): Promise<boolean> {
    return this.ask(EXTEND, [this.queue, receipt, visibilityMs]);
  }

  /** Tells sleeping consumers of the queue to look again. */
  async leave(): Promise<void> {
    await this.connections.query(LEAVE, [this.queue]);
  }

  private settlement({ receipt, exceptions }: Settling): unknown[] {
    const { positions, delaysMs, errors, permanent } = exceptions;
    return [this.queue, receipt, positions, delaysMs, binaryTextArray(errors), permanent];
  }

  private async ask(statement: { name: string; text: string }, values: unknown[]): Promise<boolean> {
    const [row] = await this.connections.query<[boolean]>(statement, values);
    return row?.[0] === true;
  }
}
