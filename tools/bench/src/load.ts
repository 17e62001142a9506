import autocannon from 'autocannon';

export interface Load {
  readonly url: string;
  /** Sent in turn. */
  readonly bodies: readonly string[];
  readonly connections: number;
  /** 5 by default. */
  readonly durationSeconds?: number;
  /** How many in all, instead of how long. */
  readonly requests?: number;
}

export interface LoadResult {
  readonly requests: number;
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/**
 * Posts JSON over keep-alive connections, flat out.
 * @throws Error when an answer is not 2xx: a figure of refused requests says nothing
 */
export function post({ url, bodies, connections, durationSeconds = 5, ...load }: Load): Promise<LoadResult> {
  return run({
    url,
    connections,
    ...(load.requests === undefined ? { duration: durationSeconds } : { amount: load.requests }),
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    requests: bodies.map((body) => ({ body })),
  });
}

/** As {@link post}, for reads, flat out. @param load.cookies of the customers who read, in turn */
export function get(load: {
  readonly url: string;
  readonly cookies: readonly string[];
  readonly connections: number;
  readonly durationSeconds: number;
}): Promise<LoadResult> {
  const { url, cookies, connections, durationSeconds: duration } = load;
  const requests = cookies.map((cookie) => ({ method: 'GET' as const, headers: { cookie } }));
  return run({ url, connections, duration, requests });
}

async function run(options: autocannon.Options): Promise<LoadResult> {
  const startedAt = performance.now();
  const result = await autocannon(options);
  const seconds = (performance.now() - startedAt) / 1000;
  if (result.non2xx > 0 || result.errors > 0) {
    throw new Error(`${options.url}: ${result.non2xx} answers were not 2xx, ${result.errors} requests failed`);
  }
  return {
    requests: result['2xx'],
    requestsPerSecond: result['2xx'] / seconds,
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
  };
}

/** The median of the ratios of pairs that were measured one after the other, so that a drifting machine cancels out. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
