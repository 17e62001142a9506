import { Lane } from './lane.js';

/** The lanes that have something to deliver, in the order in which they are to have their turn. */
export class Lanes {
  private readonly byId = new Map<string, Lane>();

  /** @param slowMs see {@link Lane} */
  constructor(private readonly slowMs: number) {}

  of(id: string): Lane {
    let lane = this.byId.get(id);
    if (!lane) this.byId.set(id, (lane = new Lane(id, this.slowMs)));
    return lane;
  }

  all(): Lane[] {
    return [...this.byId.values()];
  }

  /** Those that want deliveries now, as many as one claim takes; they go to the end, so that each has its turn. */
  takeWanting(nowMs: number, atMost: number): Lane[] {
    const wanting = this.all()
      .filter((lane) => lane.room > 0 && lane.nextLookMs <= nowMs)
      .slice(0, atMost);
    for (const lane of wanting) {
      this.byId.delete(lane.id);
      this.byId.set(lane.id, lane);
    }
    return wanting;
  }

  /** When the first of them will want some; `Infinity` when none is known to. */
  nextLookMs(): number {
    let nextMs = Infinity;
    for (const lane of this.byId.values()) if (lane.room > 0) nextMs = Math.min(nextMs, lane.nextLookMs);
    return nextMs;
  }

  /** Forgets those that have nothing to do. */
  prune(): void {
    for (const [id, lane] of this.byId) if (lane.isEmpty && lane.nextLookMs === Infinity) this.byId.delete(id);
  }
}
