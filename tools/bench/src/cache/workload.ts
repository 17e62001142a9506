/** One call of the workload. */
export interface Operation {
  /** When it begins, from the start. */
  readonly atMs: number;
  readonly kind: 'read' | 'write';
  readonly key: string;
  /** Which application node serves it. */
  readonly node: number;
}

export interface WorkloadOptions {
  readonly seed: number;
  readonly durationMs: number;
  readonly perSecond: number;
  readonly writeShare: number;
  readonly keys: number;
  /** The s of Zipf's law: the k-th most popular key is asked for in proportion to 1 / k^s. */
  readonly exponent: number;
  readonly nodes: number;
}

/** The same calls at the same times for the same options. Reads and writes like the same keys: what is hot changes often. */
export function makeWorkload(options: WorkloadOptions): Operation[] {
  const random = mulberry32(options.seed);
  const drawRank = zipf(options.keys, options.exponent, random);
  return Array.from({ length: Math.round((options.durationMs * options.perSecond) / 1000) }, (_, index) => ({
    atMs: (index * 1000) / options.perSecond,
    kind: random() < options.writeShare ? 'write' : 'read',
    key: keyOf(drawRank()),
    node: Math.floor(random() * options.nodes),
  }));
}

/** The key of a popularity rank, from 0. */
export function keyOf(rank: number): string {
  return `item-${rank}`;
}

/** Draws ranks from 0 by inverting the cumulative distribution. */
export function zipf(ranks: number, exponent: number, random: () => number): () => number {
  let total = 0;
  const cumulative = Array.from({ length: ranks }, (_, rank) => (total += 1 / (rank + 1) ** exponent));
  return () => {
    const drawn = random() * total;
    let [low, high] = [0, ranks - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (cumulative[middle]! > drawn) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}

/** A generator with a seed, in [0, 1): Tommy Ettinger's Mulberry32, public domain. */
export function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
