import { setImmediate as turn } from 'node:timers/promises';
import { deferred } from './deferred.js';

/** Loads that were held: they have read the store, and answer once the gate is open. */
export interface Gate {
  /** Resolves when so many loads wait at the gate. */
  reached(loads: number): Promise<void>;
  open(): void;
}

export interface TestStore<Value> {
  /** The keys that were loaded, in order. */
  readonly loads: string[];
  readonly load: (key: string) => Promise<Value | undefined>;
  put(key: string, value: Value): void;
  remove(key: string): void;
  /** Every load rejects with that, until it is `undefined`. */
  fail(error: Error | undefined): void;
  holdLoads(): Gate;
  /** Resolves when no load is under way, and what waited for one has gone on. */
  idle(): Promise<void>;
}

export function aStore<Value>(content: Record<string, Value> = {}): TestStore<Value> {
  const values = new Map(Object.entries(content));
  const loads: string[] = [];
  let error: Error | undefined;
  let gate: Promise<void> | undefined;
  let waiting = 0;
  let running = 0;

  const load = async (key: string): Promise<Value | undefined> => {
    loads.push(key);
    running += 1;
    const [value, failure] = [values.get(key), error];
    waiting += 1;
    await gate;
    waiting -= 1;
    running -= 1;
    if (failure) throw failure;
    return value;
  };
  return {
    loads,
    load,
    put: (key, value) => void values.set(key, value),
    remove: (key) => void values.delete(key),
    fail: (failure) => void (error = failure),
    holdLoads: () => {
      const { promise, resolve } = deferred();
      gate = promise;
      return {
        reached: async (count) => {
          while (waiting < count) await turn();
        },
        open: () => {
          gate = undefined;
          resolve();
        },
      };
    },
    idle: async () => {
      while (running > 0) await turn();
      await turn();
    },
  };
}
