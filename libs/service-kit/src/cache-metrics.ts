import type { CacheObserver, CircuitState } from '@looseleaf/cache';
import { Counter, Gauge, Histogram } from 'prom-client';

const reads = new Counter({
  name: 'looseleaf_cache_reads_total',
  help: 'Reads by how they were served: hit, miss, stale, negative (a hit that says "there is none"), bypass (the cache did not answer)',
  labelNames: ['cache', 'result'],
});
const collapsed = new Counter({
  name: 'looseleaf_cache_collapsed_total',
  help: 'Reads that shared the load of another one',
  labelNames: ['cache'],
});
const loads = new Counter({
  name: 'looseleaf_cache_loads_total',
  help: 'Loads from the store: loaded, absent, failed',
  labelNames: ['cache', 'outcome'],
});
const loadDuration = new Histogram({
  name: 'looseleaf_cache_load_seconds',
  help: 'Time to load from the store',
  labelNames: ['cache'],
});
const errors = new Counter({
  name: 'looseleaf_cache_errors_total',
  help: 'Calls that the cache rejected, or did not answer in time',
  labelNames: ['cache', 'operation'],
});
const skipped = new Counter({
  name: 'looseleaf_cache_skipped_total',
  help: 'Calls that were not made because the circuit was open',
  labelNames: ['cache', 'operation'],
});
const circuit = new Gauge({
  name: 'looseleaf_cache_circuit_state',
  help: '0 closed, 1 half-open, 2 open',
  labelNames: ['cache'],
});

const STATES: Record<CircuitState, number> = { closed: 0, 'half-open': 1, open: 2 };

const observer: CacheObserver = {
  onRead: (cache, result) => reads.inc({ cache, result }),
  onCollapsed: (cache) => collapsed.inc({ cache }),
  onLoad: (cache, durationMs, outcome) => {
    loads.inc({ cache, outcome });
    loadDuration.observe({ cache }, durationMs / 1000);
  },
  onError: (cache, operation) => errors.inc({ cache, operation }),
  onCircuit: (event) => {
    const { cache } = event;
    if (event.kind === 'state') circuit.set({ cache }, STATES[event.state]);
    else if (event.kind === 'failed') errors.inc({ cache, operation: event.operation });
    else skipped.inc({ cache, operation: event.operation });
  },
};

/**
 * Counts what caches do, by their names: the `observer` of a `LazyLoader` or a `WriteThrough`, and its `onCircuit` the
 * `onEvent` of a circuit. All observers of a process count together.
 */
export function cacheMetrics(): CacheObserver {
  return observer;
}
