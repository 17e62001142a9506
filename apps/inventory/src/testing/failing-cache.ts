import type { Cache } from '@looseleaf/cache';

/** A cache that is the failing dependency itself: each method does as `fail` does. */
export function failingCache(name: string, fail: () => Promise<never>): Cache {
  return {
    name,
    read: fail,
    fill: fail,
    announce: fail,
    write: fail,
    release: fail,
    invalidate: fail,
    clear: fail,
    ping: fail,
    close: () => Promise.resolve(),
  };
}

/** As a cache that refuses connections. */
export const rejects = (): Promise<never> => Promise.reject(new Error('connection refused'));
/** As a cache whose process is stopped. */
export const hangs = (): Promise<never> => new Promise(() => undefined);
