import type { Cache } from '../cache.js';

/** A cache of which every call rejects, but for those that are given. */
export function aBrokenCache(name = 'broken', working: Partial<Cache> = {}): Cache {
  const fail = async (): Promise<never> => {
    throw new Error('cache is down');
  };
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
    close: async () => undefined,
    ...working,
  };
}
