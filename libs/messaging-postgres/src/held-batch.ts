import { decodeMessage, errorText, type Delivery, type Settlement } from '@looseleaf/messaging';
import { describeError, MAX_ERROR_LENGTH, redeliveryDelayMs } from '@looseleaf/messaging/adapter';

/** The row of a message, as `broker.receive` returns it. */
export type MessageRow = [waitMs: number | null, receiveCount: number, sentAtMs: number, envelope: string];

/** The exceptions of a batch, as parallel arrays; everything else in it is done. */
export interface Exceptions {
  /** From 1. */
  readonly positions: number[];
  readonly delaysMs: number[];
  /** Null: released. */
  readonly errors: (string | null)[];
  readonly permanent: boolean[];
}

/** A batch that this process has taken. */
export class HeldBatch {
  readonly deliveries: Delivery[] = [];
  /** Position in the batch of each delivery; envelopes that cannot be read are not delivered. */
  private readonly positions: number[] = [];
  private readonly unreadable: { position: number; error: string }[] = [];
  private readonly receiveCounts: number[] = [];

  constructor(
    readonly receipt: string,
    rows: readonly MessageRow[],
  ) {
    rows.forEach(([, receiveCount, sentAtMs, envelope], index) => {
      this.receiveCounts.push(receiveCount);
      try {
        this.deliveries.push({ message: decodeMessage(envelope), receiveCount, sentAt: new Date(sentAtMs) });
        this.positions.push(index + 1);
      } catch (error) {
        this.unreadable.push({ position: index + 1, error: errorText(error) });
      }
    });
  }

  get size(): number {
    return this.receiveCounts.length;
  }

  /** The delay when every message was released, else undefined. */
  releaseDelayMs(settlements: readonly Settlement[]): number | undefined {
    if (this.unreadable.length > 0) return undefined;
    let delayMs = 0;
    for (const settlement of settlements) {
      if (settlement.kind !== 'released') return undefined;
      delayMs = Math.max(delayMs, settlement.delayMs);
    }
    return delayMs;
  }

  /** @param settlements one for each delivery, in their order */
  exceptions(settlements: readonly Settlement[]): Exceptions {
    const exceptions: Exceptions = { positions: [], delaysMs: [], errors: [], permanent: [] };
    for (const { position, error } of this.unreadable) add(exceptions, position, 0, error, true);
    settlements.forEach((settlement, index) => {
      const position = this.positions[index] ?? 0;
      if (settlement.kind === 'released') {
        add(exceptions, position, settlement.delayMs, null, false);
      } else if (settlement.kind === 'failed') {
        const receiveCount = this.receiveCounts[position - 1] ?? 1;
        const delayMs = redeliveryDelayMs(settlement, receiveCount);
        add(exceptions, position, delayMs, describe(settlement.error), settlement.permanent ?? false);
      }
    });
    return exceptions;
  }
}

function add(to: Exceptions, position: number, delayMs: number, error: string | null, permanent: boolean): void {
  to.positions.push(position);
  to.delaysMs.push(Math.max(0, Math.ceil(delayMs)));
  to.errors.push(error);
  to.permanent.push(permanent);
}

/** PostgreSQL's text has no NUL. */
function describe(error: unknown): string {
  return describeError(error).replaceAll('\0', '').slice(0, MAX_ERROR_LENGTH);
}
