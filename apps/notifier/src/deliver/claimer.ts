import type { DeliveryStore } from './delivery-store.js';
import type { Lane } from './lane.js';
import type { Lanes } from './lanes.js';

export interface ClaimerOptions {
  readonly store: DeliveryStore;
  readonly lanes: Lanes;
  /** The longest that an attempt takes. */
  readonly attemptMs: number;
  /**
   * How much longer a lease lasts than the attempt: half of it a claimed delivery may wait for its attempt, and half what
   * came of it may take to be written down.
   */
  readonly waitMs: number;
}

const LANES_PER_CLAIM = 200;

/** Brings deliveries that are due from the database into their lanes, and knows when to look for more. */
export class Claimer {
  constructor(private readonly options: ClaimerOptions) {}

  /** Fills the lanes that want some. @returns those lanes */
  async claim(): Promise<Lane[]> {
    const { store, lanes, attemptMs, waitMs } = this.options;
    const nowMs = performance.now();
    const wanting = lanes.takeWanting(nowMs, LANES_PER_CLAIM);
    if (wanting.length === 0) return [];
    const rooms = wanting.map(({ id, room }) => ({ id, room }));
    // Before the claim, so that what is committed while it runs is looked for again.
    for (const lane of wanting) lane.looking();
    try {
      const claimed = await store.claim(rooms, waitMs + attemptMs);
      for (const [index, lane] of wanting.entries()) {
        const deliveries = claimed.get(lane.id)!;
        for (const delivery of deliveries) lane.hold(delivery, nowMs + waitMs / 2);
        if (deliveries.length === rooms[index]!.room) lane.lookBy(performance.now());
      }
    } catch (error) {
      for (const lane of wanting) lane.lookBy(nowMs);
      throw error;
    }
    return wanting;
  }

  /** Finds what others left behind, dead ones above all. */
  async sweep(): Promise<void> {
    const { store, lanes } = this.options;
    const due = await store.sweep();
    lanes.prune();
    for (const { lane, inMs } of due) lanes.of(lane).lookAgainBy(performance.now() + inMs);
  }

  /** For lanes that were just looked at: when there will be more, if some of theirs waits for its time. */
  async lookAhead(looked: readonly Lane[]): Promise<void> {
    const lanes = looked.filter((lane) => lane.hasLater && lane.nextLookMs === Infinity);
    if (lanes.length === 0) return;
    for (const lane of lanes) lane.hasLater = false;
    try {
      for (const { lane, inMs } of await this.options.store.nextDue(lanes)) {
        this.options.lanes.of(lane).lookAgainBy(performance.now() + inMs);
      }
    } catch (error) {
      for (const lane of lanes) lane.lookAgainBy(performance.now());
      throw error;
    }
  }
}
