import { expect } from '@jest/globals';
import type { Cache, CacheEntry, Lease, VersionedEntry } from '../cache.js';

/** Longer than any case takes. */
export const LONG_MS = 60_000;
/** Short, but not so short that a busy machine lets it pass between two calls. */
export const SHORT_MS = 100;

export function anEntry(value: string, ttlMs = LONG_MS): CacheEntry {
  return { value, ttlMs };
}

export function aVersion(
  key: string,
  version: number,
  { value = `v${version}`, ttlMs = LONG_MS } = {},
): VersionedEntry {
  return { key, value, version, ttlMs };
}

export async function valueOf(cache: Cache, key: string): Promise<string | undefined> {
  const answer = await cache.read(key);
  return answer.kind === 'hit' ? answer.value : undefined;
}

/** The lease of a miss. */
export async function leaseOf(cache: Cache, key: string): Promise<Lease> {
  const answer = await cache.read(key);
  expect(answer.kind).toBe('miss');
  return answer.lease;
}

/** Keeps a value as a reader would. */
export async function load(cache: Cache, key: string, value: string, ttlMs = LONG_MS): Promise<void> {
  const { lease } = await cache.read(key);
  expect(await cache.fill(key, anEntry(value, ttlMs), lease)).toBe(true);
}
