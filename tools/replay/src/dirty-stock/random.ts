/**
 * Numbers that look random and follow from a seed and a place alone, so that any row of a file can be made again without
 * the rows before it. The mixing is that of MurmurHash3, the sequence Mulberry32; nothing secret hangs on them.
 */
export class Random {
  private state: number;

  constructor(seed: number, place: number) {
    this.state = mix(mix(seed) ^ place);
  }

  /** A whole number from 0 to `limit` − 1. */
  below(limit: number): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    return mix(this.state) % limit;
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)]!;
  }
}

function mix(value: number): number {
  let bits = value | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
