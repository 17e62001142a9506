import type { Cache } from '../cache.js';

/** The same cache but for some of its methods. */
export function override(cache: Cache, methods: Partial<Cache>): Cache {
  return {
    name: cache.name,
    read: (key) => cache.read(key),
    fill: (key, entry, lease) => cache.fill(key, entry, lease),
    claim: (key, lease, forMs) => cache.claim(key, lease, forMs),
    announce: (keys, holdMs) => cache.announce(keys, holdMs),
    write: (entries, lease) => cache.write(entries, lease),
    release: (keys, lease) => cache.release(keys, lease),
    invalidate: (keys) => cache.invalidate(keys),
    clear: () => cache.clear(),
    ping: () => cache.ping(),
    close: () => cache.close(),
    ...methods,
  };
}
