import { makeWorkload, mulberry32, zipf, type WorkloadOptions } from './workload.js';

const OPTIONS: WorkloadOptions = {
  seed: 1,
  durationMs: 10_000,
  perSecond: 1000,
  writeShare: 0.2,
  keys: 100,
  exponent: 1,
  nodes: 2,
};

describe('The workload', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(makeWorkload(OPTIONS)).toEqual(makeWorkload(OPTIONS));
    expect(makeWorkload({ ...OPTIONS, seed: 2 })).not.toEqual(makeWorkload(OPTIONS));
  });

  it('has so many calls in so long, of which so many are writes, on all nodes alike', () => {
    const workload = makeWorkload(OPTIONS);
    expect(workload).toHaveLength(10_000);
    expect(workload.at(-1)!.atMs).toBe(9_999);
    const share = (of: (operation: (typeof workload)[number]) => boolean): number =>
      workload.filter(of).length / 10_000;
    expect(share(({ kind }) => kind === 'write')).toBeCloseTo(0.2, 1);
    expect(share(({ node }) => node === 1)).toBeCloseTo(0.5, 1);
  });
});

describe("Popularity by Zipf's law", () => {
  it('draws the k-th rank in proportion to 1 / k', () => {
    const draw = zipf(100, 1, mulberry32(7));
    const counts = new Array<number>(100).fill(0);
    for (let drawn = 0; drawn < 200_000; drawn += 1) counts[draw()]! += 1;
    const harmonic = counts.reduce((sum, _, rank) => sum + 1 / (rank + 1), 0);
    for (const rank of [0, 1, 9, 99]) expect(counts[rank]! / 200_000).toBeCloseTo(1 / (rank + 1) / harmonic, 2);
    expect(counts[0]! / counts[9]!).toBeGreaterThan(8);
    expect(Math.min(...counts)).toBeGreaterThan(0);
  });
});
