import { setTimeout as sleep } from 'node:timers/promises';
import { errorText, UnavailableError } from '@looseleaf/messaging';
import type { PersistenceLogger } from '@looseleaf/persistence';
import type { ChannelName } from '../subscriptions/subscription.js';
import { backOffMs } from './back-off.js';
import { Claimer, type ClaimerOptions } from './claimer.js';
import type { Settlement } from './delivery-store.js';
import type { Channel, Delivery, Outcome } from './delivery.js';
import type { Lane } from './lane.js';
import { Lanes } from './lanes.js';
import { settlementOf, type RetryPolicy } from './retry-policy.js';
import { Settler } from './settler.js';
import { Tasks } from './tasks.js';

export interface DispatcherOptions extends Omit<ClaimerOptions, 'lanes'> {
  readonly channels: Readonly<Record<ChannelName, Channel>>;
  readonly retry: RetryPolicy;
  readonly logger: PersistenceLogger;
  /** An attempt that takes longer costs its lane places, see {@link Lane}. */
  readonly slowMs: number;
  /** How often to look for what a dead process left behind. */
  readonly sweepMs: number;
  /** Told of each attempt. */
  readonly onSettlement?: (channel: ChannelName, kind: Settlement['kind']) => void;
}

/** Shortest time between two claims, so that they are for several lanes each. */
const LINGER_MS = 5;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;

/**
 * Delivers what waits; runs in every replica.
 *
 * - **Delivery**: at least once. A claim is a lease; an attempt is settled afterwards, so a process that dies in between
 *   leaves the delivery to whoever finds it when the lease is over. Each attempt carries the same delivery id.
 * - **Isolation**: by lane, see {@link Lane}. Two replicas never hold the same delivery within its lease.
 * - **Ordering**: none is promised. A lane's deliveries are begun in the order of the events, several at a time.
 * - **Idle**: it sleeps until it is woken, until a retry is due, or until the next sweep.
 * - **Shutdown**: `stop` begins nothing more, gives back what it has not begun, and waits for what is under way.
 */
export class Dispatcher {
  private readonly lanes: Lanes;
  private readonly tasks = new Tasks();
  private readonly claimer: Claimer;
  private readonly settler: Settler;
  private readonly stopping = new AbortController();
  private wakeUp = new AbortController();
  private sweepAtMs = 0;
  private failures = 0;
  private running: Promise<void> | undefined;

  constructor(private readonly options: DispatcherOptions) {
    this.lanes = new Lanes(options.slowMs);
    this.claimer = new Claimer({ ...options, lanes: this.lanes });
    this.settler = new Settler(options.store, options.logger);
  }

  start(): void {
    this.running ??= this.run();
  }

  /** There is something to deliver in these lanes; it is committed. */
  wake(lanes: Iterable<string>): void {
    for (const id of lanes) this.lanes.of(id).lookBy(performance.now());
    this.wakeUp.abort();
  }

  /** @param deadlineMs how long to wait for attempts that are under way; they come again when their lease is over */
  async stop(deadlineMs: number): Promise<void> {
    this.stopping.abort();
    this.wakeUp.abort();
    await this.running;
    for (const lane of this.lanes.all()) this.giveBack(lane);
    await this.tasks.done(deadlineMs);
    await this.settler.stop();
  }

  private async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      this.wakeUp = new AbortController();
      try {
        await this.sweepInTime();
        const lanes = await this.claimer.claim();
        for (const lane of lanes) this.fillSlots(lane);
        await this.claimer.lookAhead(lanes);
        if (this.failures > 0) this.options.logger.info({ failures: this.failures }, 'deliveries go on');
        this.failures = 0;
        await this.untilThereIsWork();
      } catch (error) {
        this.report(error);
        this.failures += 1;
        await pause(backOffMs(this.failures, FIRST_PAUSE_MS, LONGEST_PAUSE_MS), this.stopping.signal);
      }
    }
  }

  private async sweepInTime(): Promise<void> {
    if (performance.now() < this.sweepAtMs) return;
    await this.claimer.sweep();
    // With jitter, so that replicas do not sweep together.
    this.sweepAtMs = performance.now() + this.options.sweepMs * (0.75 + Math.random() / 2);
  }

  private fillSlots(lane: Lane): void {
    if (this.stopping.signal.aborted) return;
    const nowMs = performance.now();
    for (let next = lane.start(nowMs); next; next = lane.start(nowMs)) this.tasks.add(this.attempt(lane, next));
    if (lane.hasExpired(nowMs)) this.giveBack(lane);
  }

  private async attempt(lane: Lane, delivery: Delivery): Promise<void> {
    const startedAtMs = performance.now();
    const outcome = await this.outcomeOf(delivery);
    const endedAtMs = performance.now();
    const isSlow = lane.finish(startedAtMs, endedAtMs);
    if (outcome.kind === 'released') lane.pause(endedAtMs + outcome.delayMs);
    if (isSlow || outcome.kind === 'released') this.giveBack(lane);
    this.fillSlots(lane);
    const settlement = settlementOf(outcome, delivery, this.options.retry);
    this.tell(delivery, outcome, settlement);
    await this.settle(lane, delivery, settlement, () => lane.settled(delivery));
  }

  private async outcomeOf(delivery: Delivery): Promise<Outcome> {
    try {
      return await this.options.channels[delivery.channel](delivery);
    } catch (error) {
      return { kind: 'failed', error: errorText(error) };
    }
  }

  private giveBack(lane: Lane): void {
    const released = { kind: 'released', delayMs: 0 } as const;
    for (const delivery of lane.giveBack()) {
      this.tasks.add(this.settle(lane, delivery, released, () => lane.returned()));
    }
  }

  private async settle(lane: Lane, delivery: Delivery, settlement: Settlement, done: () => void): Promise<void> {
    await this.settler.settle({ delivery, settlement });
    done();
    if ('delayMs' in settlement) lane.lookAgainBy(performance.now() + settlement.delayMs);
    this.wakeUp.abort();
  }

  private tell(delivery: Delivery, outcome: Outcome, { kind }: Settlement): void {
    this.options.onSettlement?.(delivery.channel, kind);
    if (kind !== 'dead-lettered' || outcome.kind !== 'failed') return;
    const { subscriptionId, eventId } = delivery;
    const { error: reason, detail } = outcome;
    this.options.logger.error({ subscriptionId, eventId, reason, detail }, 'a delivery is dead-lettered');
  }

  /** An outage is told once; anything else is a fault that somebody must see. */
  private report(error: unknown): void {
    const fields = { reason: errorText(error) };
    if (!(error instanceof UnavailableError)) this.options.logger.error(fields, 'deliveries stand still; trying on');
    else if (this.failures === 0) this.options.logger.warn(fields, 'deliveries wait for a dependency; trying on');
  }

  private async untilThereIsWork(): Promise<void> {
    await sleep(LINGER_MS);
    const atMs = Math.min(this.sweepAtMs, this.lanes.nextLookMs());
    await pause(atMs - performance.now(), this.wakeUp.signal);
  }
}

async function pause(ms: number, ended: AbortSignal): Promise<void> {
  if (ms <= 0) return;
  await sleep(ms, undefined, { signal: ended }).catch(() => undefined);
}
