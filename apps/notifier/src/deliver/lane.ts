import type { Delivery } from './delivery.js';

/** Most attempts in one lane at the same time. */
export const MAX_SLOTS = 4;
/** Claimed ahead for each slot, so that a claim and a commit are shared by several deliveries. */
const AHEAD_PER_SLOT = 4;

interface Waiting {
  readonly delivery: Delivery;
  /** After this it must not be started: its lease would end before the attempt does. */
  readonly startByMs: number;
}

/**
 * The deliveries of one subscription, or to some of the customers, that this process holds. Each lane has slots of its own,
 * so however slow a subscriber is, it waits for itself alone. It begins with one slot, gets one more for each quick attempt
 * and loses half of them for each slow one: a subscriber that hangs is soon held in one place, with nothing claimed ahead.
 */
export class Lane {
  /** Whether deliveries of it may wait for their time: a look that finds nothing must then ask for the next time. */
  hasLater = false;
  private lookAtMs = Infinity;
  private pausedUntilMs = 0;
  private readonly waiting: Waiting[] = [];
  /** Events of all that waits, is under way or is not settled yet. */
  private readonly held = new Set<string>();
  /** What was given back, until that is written down. */
  private returning = 0;
  private slots = 1;
  private inFlight = 0;

  /** @param slowMs an attempt that takes longer holds its slot for too long */
  constructor(
    readonly id: string,
    private readonly slowMs: number,
  ) {}

  /** How many more to claim; 0 until half of what it may hold is done, so that claims are worth their while. */
  get room(): number {
    const capacity = this.slots === 1 ? 1 : this.slots * AHEAD_PER_SLOT;
    const used = this.held.size + this.returning;
    return used * 2 <= capacity ? capacity - used : 0;
  }

  get isEmpty(): boolean {
    return this.held.size + this.returning === 0;
  }

  /** When to look for more in the database; process time in milliseconds. */
  get nextLookMs(): number {
    return Math.max(this.lookAtMs, this.pausedUntilMs);
  }

  lookBy(timeMs: number): void {
    this.lookAtMs = Math.min(this.lookAtMs, timeMs);
  }

  /** As {@link lookBy}, for deliveries that wait for their time. */
  lookAgainBy(timeMs: number): void {
    this.hasLater = true;
    this.lookBy(timeMs);
  }

  /** It is being looked at; from here on there is nothing more in the database, until somebody says otherwise. */
  looking(): void {
    this.lookAtMs = Infinity;
  }

  /** Whatever there is, it is no use to try it before. */
  pause(untilMs: number): void {
    this.pausedUntilMs = untilMs;
  }

  /**
   * Takes a delivery that was claimed. One that is held already, claimed again because its lease ended while the database
   * was away, say, is not attempted a second time for that.
   */
  hold(delivery: Delivery, startByMs: number): void {
    if (this.held.has(delivery.eventId)) return;
    this.held.add(delivery.eventId);
    this.waiting.push({ delivery, startByMs });
  }

  /** The next delivery to attempt, if there is one and a slot for it. */
  start(nowMs: number): Delivery | undefined {
    const [next] = this.waiting;
    if (this.inFlight >= this.slots || !next || next.startByMs < nowMs) return undefined;
    this.waiting.shift();
    this.inFlight += 1;
    return next.delivery;
  }

  /** An attempt is over; whether it was so slow that nothing should wait behind the next one. */
  finish(startedAtMs: number, nowMs: number): boolean {
    this.inFlight -= 1;
    const isSlow = nowMs - startedAtMs > this.slowMs;
    this.slots = isSlow ? Math.max(1, this.slots >> 1) : Math.min(MAX_SLOTS, this.slots + 1);
    return isSlow;
  }

  /** Whether some of what waits has done so for too long. */
  hasExpired(nowMs: number): boolean {
    return this.waiting.some(({ startByMs }) => startByMs < nowMs);
  }

  /** What has not been started; it may be claimed again, and counts until {@link returned}. */
  giveBack(): Delivery[] {
    const deliveries = this.waiting.splice(0).map(({ delivery }) => delivery);
    for (const { eventId } of deliveries) this.held.delete(eventId);
    this.returning += deliveries.length;
    return deliveries;
  }

  /** One that was given back is the database's again. */
  returned(): void {
    this.returning -= 1;
  }

  /** What came of an attempt is written down. */
  settled({ eventId }: Delivery): void {
    this.held.delete(eventId);
  }
}
