import type { SubscriptionFilter } from '@looseleaf/messaging';

/**
 * How long a publisher may go by the subscriptions that it read. What `declare` waits before it resolves is longer, so
 * that nobody goes by older ones then.
 */
const INTEREST_TTL_MS = 1_000;
/** A little more than the other, for timers that fire early and clocks that do not run at the same speed. */
export const DECLARATION_WAIT_MS = 1_100;
const REFRESH_MS = 400;
/** After this without a question it is no longer kept fresh. */
const IDLE_MS = 10_000;

/**
 * Which events of a topic somebody wants, as far as is known without asking the server.
 *
 * The promise is that a subscription gets every event of transactions that began after its declaration resolved. Say the
 * declaration was committed at C; it resolves at R ≥ C + {@link DECLARATION_WAIT_MS}. A transaction that began after R asks
 * at some P > R, and is told that an event is unwanted only by subscriptions whose reading began at F > P − the time to
 * live > R − the time to live > C: after the commit, so they contain it. Each of the two spans is measured on one
 * process's monotonic clock; no clocks are compared. When in doubt (nothing read yet, too long ago, the broker away)
 * everything is wanted: the broker will see for itself.
 *
 * It goes by names. A filter on the body would cost more to evaluate than it saves.
 */
export class Interest {
  private timer: NodeJS.Timeout | undefined;
  private isKeptFresh = false;
  private isClosed = false;
  private askedAtMs = 0;
  private readAtMs = -Infinity;
  /** Undefined when there is a subscription to every name. */
  private names: ReadonlySet<string> | undefined;

  constructor(private readonly readFilters: () => Promise<readonly SubscriptionFilter[]>) {}

  wants(name: string): boolean {
    this.askedAtMs = performance.now();
    if (!this.isKeptFresh && !this.isClosed) void this.refresh();
    return this.askedAtMs - this.readAtMs >= INTEREST_TTL_MS || !this.names || this.names.has(name);
  }

  close(): void {
    this.isClosed = true;
    clearTimeout(this.timer);
  }

  private async refresh(): Promise<void> {
    this.isKeptFresh = true;
    const startedAtMs = performance.now();
    try {
      const filters = await this.readFilters();
      const isOpen = filters.some(({ events }) => !events);
      this.names = isOpen ? undefined : new Set(filters.flatMap(({ events = [] }) => events));
      this.readAtMs = startedAtMs;
    } catch {
      // What was read before grows too old, and everything is wanted; whoever publishes it meets the error.
    }
    if (!this.isClosed) this.timer = setTimeout(() => this.refreshUnlessIdle(), REFRESH_MS).unref();
  }

  /** Not only when asked: who asks once in a while would always find what is too old. */
  private refreshUnlessIdle(): void {
    this.isKeptFresh = performance.now() - this.askedAtMs < IDLE_MS;
    if (this.isKeptFresh) void this.refresh();
  }
}
