import type { Delivery, Settlement } from '../broker.js';
import type { Middleware } from './middleware.js';

export interface BatchObservation {
  readonly queue: string;
  readonly batch: readonly Delivery[];
  readonly settlements: readonly Settlement[];
  readonly durationMs: number;
}

/** Tells what became of each batch; for metrics and logs. */
export function observe(queue: string, observer: (observation: BatchObservation) => void): Middleware {
  return async (batch, next) => {
    const startedAt = performance.now();
    const settlements = await next(batch);
    observer({ queue, batch, settlements, durationMs: performance.now() - startedAt });
    return settlements;
  };
}
