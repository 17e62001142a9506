/** A threshold, and whether it held. */
export interface Threshold {
  /** `http_req_duration{name:place order}`. */
  readonly metric: string;
  /** `p(95)<500`. */
  readonly expression: string;
  readonly measured: number;
  readonly ok: boolean;
}

/** What is used of k6's summary. */
export interface Summary {
  readonly requests: number;
  readonly failedRequests: number;
  readonly arrivals: number;
  /** Arrivals that k6 had no free virtual user for: they did not happen. */
  readonly droppedArrivals: number;
  readonly thresholds: readonly Threshold[];
}

interface K6Metric {
  readonly values: Readonly<Record<string, number>>;
  readonly thresholds?: Readonly<Record<string, { ok: boolean }>>;
}

/** @param text as k6 hands it to `handleSummary` */
export function readSummary(text: string): Summary {
  const { metrics } = JSON.parse(text) as { metrics: Readonly<Record<string, K6Metric>> };
  const value = (metric: string, name: string): number => metrics[metric]?.values[name] ?? 0;
  return {
    requests: value('http_reqs', 'count'),
    failedRequests: value('http_req_failed', 'passes'),
    arrivals: value('iterations', 'count'),
    droppedArrivals: value('dropped_iterations', 'count'),
    thresholds: Object.entries(metrics)
      .sort(byName)
      .flatMap(([metric, { values, thresholds = {} }]) =>
        Object.entries(thresholds).map(([expression, { ok }]) => {
          const aggregate = /^[^<>=]+/.exec(expression)![0].trim();
          return { metric, expression, measured: values[aggregate] ?? 0, ok };
        }),
      ),
  };
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}
