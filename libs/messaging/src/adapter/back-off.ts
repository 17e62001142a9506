/**
 * Exponential back-off with half jitter: between half and all of `firstMs · 2^(attempt − 1)`, at most `capMs`. The jitter
 * keeps consumers that failed together from coming back together.
 * @param attempt 1 for the first
 */
export function backOffMs(attempt: number, firstMs: number, capMs: number): number {
  const fullMs = Math.min(capMs, firstMs * 2 ** Math.min(attempt - 1, 30));
  return Math.round(fullMs * (0.5 + Math.random() / 2));
}
