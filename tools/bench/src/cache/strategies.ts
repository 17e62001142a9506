import {
  createMemoryCache,
  createNearCache,
  LazyLoader,
  observed,
  WriteThrough,
  type Cache,
  type Reading,
} from '@looseleaf/cache';
import type { Item, ItemStore } from './item-store.js';

export const TTL_MS = 500;
export const NEAR_TTL_MS = 100;
/** As good as no time to live: much longer than the run. */
const FOR_EVER_MS = 24 * 3600 * 1000;

/** One node of the application, and how it reads and writes items. */
export interface ItemNode {
  read(key: string): Promise<Pick<Reading<Item>, 'value' | 'status'>>;
  /** @returns what was committed */
  write(key: string): Promise<Item>;
}

export interface Strategy {
  readonly name: string;
  readonly lesson: string;
  /** @param shared the cache that all nodes share */
  node(store: ItemStore, shared: Cache): ItemNode;
}

export const STRATEGIES: readonly Strategy[] = [
  {
    name: 'none',
    lesson: 'every read is a trip to the store: never stale, and the store pays for each',
    node: (store) => ({
      read: async (key) => ({ value: await store.read(key), status: 'bypass' }),
      write: (key) => store.write(key),
    }),
  },
  {
    name: 'lazy',
    lesson:
      'spares the store most of all, but nobody tells the cache of a write: stale until evicted, which is why TTLs exist',
    node: (store, shared) => lazyNode(store, shared, FOR_EVER_MS),
  },
  {
    name: 'lazy + TTL',
    lesson: `no read is older than the TTL of ${TTL_MS} ms and a load; the store pays for every expiry`,
    node: (store, shared) => lazyNode(store, shared, TTL_MS),
  },
  {
    name: 'write-through',
    lesson: 'every write refreshes the cache in the same operation: no stale read, at a price for each write',
    node: (store, shared) => writeThroughNode(store, shared),
  },
  {
    name: 'near',
    lesson: `write-through, and in front of it ${NEAR_TTL_MS} ms in the memory of each node: few trips to the shared cache, and another node's write is seen that much later`,
    node: (store, shared) =>
      writeThroughNode(
        store,
        createNearCache({ near: createMemoryCache({ name: 'near' }), ttlMs: NEAR_TTL_MS, behind: shared }),
      ),
  },
];

/** A shared cache: in this process, as no server is started for it. It tells of each read. */
export function aSharedCache(onRead: () => void): Cache {
  return observed(createMemoryCache({ name: 'shared' }), { onRead });
}

function lazyNode(store: ItemStore, cache: Cache, ttlMs: number): ItemNode {
  const loader = new LazyLoader<Item>({ cache, load: (key) => store.read(key), ttlMs });
  return { read: (key) => loader.read(key), write: (key) => store.write(key) };
}

function writeThroughNode(store: ItemStore, cache: Cache): ItemNode {
  const items = new WriteThrough<Item>({ cache, load: (key) => store.read(key), ttlMs: FOR_EVER_MS });
  return {
    read: (key) => items.read(key),
    write: (key) =>
      items.write([key], async () => {
        const item = await store.write(key);
        return { result: item, entries: [{ key, value: item, version: item.version }] };
      }),
  };
}
