/** What a caller of the shop does, by name, and the status that it gets while all is well. */
export const HEALTHY = {
  'place order': 202,
  'place batch': 202,
  'read order': 200,
  'wait for order': 200,
  'cancel order': 202,
  'list orders': 200,
  'read items': 200,
  'read stock': 200,
  'send stock file': 202,
  'read stock file': 200,
  'prepare upload': 201,
  'put upload': 201,
  'change cart': 200,
  'read cart': 200,
  'check out': 202,
  'list subscriptions': 200,
  'read queues': 200,
} as const;

export type CallName = keyof typeof HEALTHY;
export const CALL_NAMES = Object.keys(HEALTHY) as CallName[];

/** One call, as its caller saw it. Times are of `performance.now()`. */
export interface CallRecord {
  readonly call: CallName;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  /** 0: no answer. */
  readonly status: number;
  readonly retryAfter?: string | undefined;
  /** The problem's code, or why there was no answer. */
  readonly reason?: string | undefined;
  readonly servedBy?: string | undefined;
}

/** Every call that was made, in the order in which they ended. */
export class Journal {
  readonly #records: CallRecord[] = [];

  add(record: CallRecord): void {
    this.#records.push(record);
  }

  /** Calls that had their answer before that time. */
  endedBefore(atMs: number, sinceMs = 0): Calls {
    return new Calls(this.#records.filter(({ startedAtMs, endedAtMs }) => startedAtMs >= sinceMs && endedAtMs < atMs));
  }

  /** Calls that were under way at any time between the two. */
  underWay(fromMs: number, toMs: number): Calls {
    return new Calls(this.#records.filter(({ startedAtMs, endedAtMs }) => endedAtMs >= fromMs && startedAtMs <= toMs));
  }

  startedAfter(atMs: number): Calls {
    return new Calls(this.#records.filter(({ startedAtMs }) => startedAtMs > atMs));
  }
}

/** Some of the calls. */
export class Calls {
  constructor(readonly records: readonly CallRecord[]) {}

  of(call: CallName): Calls {
    return new Calls(this.records.filter((record) => record.call === call));
  }

  /** The different statuses, in rising order. */
  get statuses(): number[] {
    return [...new Set(this.records.map(({ status }) => status))].sort((a, b) => a - b);
  }

  get failed(): CallRecord[] {
    return this.records.filter(({ call, status }) => status !== HEALTHY[call]);
  }

  /** The latency that a quarter of the calls that succeeded kept below; NaN without any. */
  lowerQuartileMs(): number {
    const latenciesMs = this.records
      .filter(({ call, status }) => status === HEALTHY[call])
      .map(({ startedAtMs, endedAtMs }) => endedAtMs - startedAtMs)
      .sort((a, b) => a - b);
    return latenciesMs[latenciesMs.length >> 2] ?? Number.NaN;
  }
}
