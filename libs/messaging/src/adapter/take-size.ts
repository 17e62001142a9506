/**
 * How many messages a consumer takes at once. Halved whenever a whole batch comes back, doubled with each that does not: a
 * dependency that is too slow for 500 messages at once gets through them in smaller batches.
 */
export class TakeSize {
  #value: number;

  constructor(private readonly largest: number) {
    this.#value = largest;
  }

  get value(): number {
    return this.#value;
  }

  /** A batch of this size came back whole. */
  cameBack(size: number): void {
    this.#value = Math.max(1, size >> 1);
  }

  /** A batch did not. */
  gotThrough(): void {
    this.#value = Math.min(this.largest, this.#value * 2);
  }
}
