/** A value and how it was come by. */
export interface Reading<Value> {
  /** `undefined`: the store has none. Everyone who waited for the same load gets the same object: it must not be changed. */
  readonly value: Value | undefined;
  /** `stale`: its time to live was over. `bypass`: the cache did not answer, so it is from the store. */
  readonly status: 'hit' | 'miss' | 'stale' | 'bypass';
  /** How long it stays fresh, negative when stale, 0 when it was not kept. */
  readonly ttlMs: number;
  /** Whether it was loaded and kept. */
  readonly stored: boolean;
  /** Whether it is from a load that another reader had begun. */
  readonly collapsed: boolean;
}

/** A token of RFC 9110, with `:` and `/`, as RFC 8941 (section 3.3.4) has it. */
const TOKEN = /^[A-Za-z*][\w!#$%&'*+\-.^`|~:/]*$/;

/**
 * One member of a `Cache-Status` header (RFC 9211): `looseleaf-web; hit; ttl=1`, `looseleaf-web; fwd=miss; stored`. A
 * negative `ttl` says that the answer was stale. With several caches, the one nearest to the store is named first.
 * @param cache a token
 * @throws TypeError when it is not
 */
export function cacheStatus(cache: string, reading: Omit<Reading<unknown>, 'value'>): string {
  if (!TOKEN.test(cache)) throw new TypeError(`"${cache}" is no token: it cannot stand in Cache-Status`);
  const { status, ttlMs, stored, collapsed } = reading;
  if (status === 'hit' || status === 'stale') return `${cache}; hit; ttl=${Math.floor(ttlMs / 1000)}`;
  return `${cache}; fwd=${status}${stored ? '; stored' : ''}${collapsed ? '; collapsed' : ''}`;
}
