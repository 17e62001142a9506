import type { Lease } from './cache.js';

interface Flight<Result> {
  readonly lease: Lease;
  readonly result: Promise<Result>;
}

/**
 * Lets concurrent readers of a key share one load. A reader whose lease differs has seen a change that the load under way
 * may have missed: it starts its own.
 */
export class SingleFlight<Result> {
  readonly #flights = new Map<string, Flight<Result>>();

  join(key: string, lease: Lease, start: () => Promise<Result>): { result: Promise<Result>; collapsed: boolean } {
    const running = this.#flights.get(key);
    if (running?.lease === lease) return { result: running.result, collapsed: true };
    const flight: Flight<Result> = {
      lease,
      result: start().finally(() => {
        if (this.#flights.get(key) === flight) this.#flights.delete(key);
      }),
    };
    this.#flights.set(key, flight);
    return { result: flight.result, collapsed: false };
  }

  /** Who comes from now on does not join the load that is under way. */
  forget(key: string): void {
    this.#flights.delete(key);
  }
}
