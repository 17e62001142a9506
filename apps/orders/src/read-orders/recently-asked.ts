/** Which orders somebody has asked for lately; bounded: it remembers between `generation` and twice as many. */
export class RecentlyAsked {
  #young = new Set<string>();
  #old = new Set<string>();

  constructor(private readonly generation: number) {}

  add(id: string): void {
    this.#young.add(id);
    if (this.#young.size < this.generation) return;
    this.#old = this.#young;
    this.#young = new Set();
  }

  has(id: string): boolean {
    return this.#young.has(id) || this.#old.has(id);
  }
}
