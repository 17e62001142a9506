/** Knows when each version of each key was answered to its writer, and so how old a read is. */
export class Staleness {
  /** Of each key: when which version was answered, in order. */
  readonly #answered = new Map<string, { version: number; atMs: number }[]>();

  answered(key: string, version: number, atMs: number): void {
    const versions = this.#answered.get(key);
    if (versions) versions.push({ version, atMs });
    else this.#answered.set(key, [{ version, atMs }]);
  }

  /**
   * For how long a newer version had already been answered when a read began; 0 when there was none.
   * @param version that the read brought
   */
  ageMs(key: string, version: number, beganAtMs: number): number {
    const missed = (this.#answered.get(key) ?? []).filter((write) => write.version > version && write.atMs < beganAtMs);
    return missed.length === 0 ? 0 : beganAtMs - Math.min(...missed.map(({ atMs }) => atMs));
  }
}
