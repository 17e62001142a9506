import type { Cache } from '../cache.js';

/** A cache that is the failing dependency itself: each call does as `fail` does, but for those that are given. */
export function failingCache(name: string, fail: () => Promise<never>, working: Partial<Cache> = {}): Cache {
  return {
    name,
    read: fail,
    fill: fail,
    claim: fail,
    announce: fail,
    write: fail,
    release: fail,
    invalidate: fail,
    clear: fail,
    ping: fail,
    close: () => Promise.resolve(),
    ...working,
  };
}

/** As a cache that refuses connections. */
export const rejects = (): Promise<never> => Promise.reject(new Error('connection refused'));
/** As a cache whose process is stopped. */
export const hangs = (): Promise<never> => new Promise(() => undefined);
