/**
 * Exponential back-off with jitter, between half and all of `firstMs · 2^failures`, at most `longestMs` (Brooker,
 * "Exponential Backoff And Jitter", AWS Architecture Blog, 2015).
 * @param failures before this one
 * @param random in [0, 1)
 */
export function backOffMs(failures: number, firstMs: number, longestMs: number, random = Math.random()): number {
  return Math.round(Math.min(longestMs, firstMs * 2 ** failures) * (0.5 + random / 2));
}
