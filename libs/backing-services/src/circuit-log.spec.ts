import type { CircuitState } from '@looseleaf/cache';
import { CircuitLog } from './circuit-log.js';

const error = new Error('connection refused');
const state = (next: CircuitState, cache = 'orders') => ({ kind: 'state', cache, state: next }) as const;

describe('The log of a cache', () => {
  it('has two lines for an outage, however often the cache is tried meanwhile', () => {
    const lines: unknown[] = [];
    const write = (details: object, message: string): void => void lines.push([details, message]);
    const log = new CircuitLog({ info: write, warn: write });
    log.take({ kind: 'failed', cache: 'orders', operation: 'read', error });
    for (const next of ['open', 'half-open', 'open', 'half-open', 'open', 'half-open'] as const) log.take(state(next));
    log.take(state('open', 'stock'));
    log.take(state('closed'));
    log.take({ kind: 'skipped', cache: 'stock', operation: 'read' });
    expect(lines).toEqual([
      [{ cache: 'orders', err: error }, 'the cache does not answer; the store does'],
      [{ cache: 'stock', err: undefined }, 'the cache does not answer; the store does'],
      [{ cache: 'orders' }, 'the cache answers again'],
    ]);
  });

  it('says once what the server refuses, and leaves it to the circuit to say that it is away', () => {
    const lines: unknown[] = [];
    const write = (details: object, message: string): void => void lines.push([details, message]);
    const log = new CircuitLog({ info: write, warn: write });
    const refusal = Object.assign(new Error("NOPERM no permissions to run the 'client|tracking' command"), {
      name: 'ReplyError',
    });
    for (const each of [error, refusal, refusal]) log.takeConnectionError('orders', each);
    expect(lines).toEqual([[{ cache: 'orders', err: refusal }, 'the cache refuses a command']]);
  });
});
