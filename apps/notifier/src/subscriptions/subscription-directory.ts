import { compileFilter, type Message } from '@looseleaf/messaging';
import type { Database } from '@looseleaf/persistence';
import type { BodyFilter } from './subscription.js';

// float8 arrives as a number, and counts exactly up to 2^53.
const VERSION = 'SELECT version::float8 AS version FROM subscription_changes';
// One statement, so that the rows are those of the version.
const LOAD = `
  SELECT c.version::float8 AS version, s.id, s.events, s.filter
  FROM subscription_changes AS c CROSS JOIN subscriptions AS s`;

interface Row {
  readonly version: number;
  readonly id: string;
  readonly events: string[];
  readonly filter: BodyFilter | null;
}

interface Subscriber {
  readonly id: string;
  readonly wants: (event: Message) => boolean;
}

/** The subscriptions of one moment, with their filters compiled. */
export class Subscribers {
  private readonly byEvent = new Map<string, Subscriber[]>();

  constructor(
    readonly version: number,
    rows: readonly Pick<Row, 'id' | 'events' | 'filter'>[],
  ) {
    for (const { id, events, filter } of rows) {
      const subscriber = { id, wants: compileFilter(filter ? { body: filter } : undefined) };
      for (const event of events) this.interestedIn(event).push(subscriber);
    }
  }

  /** Ids of the subscriptions that want the event. */
  of(event: Message): string[] {
    const candidates = this.byEvent.get(event.name) ?? [];
    return candidates.filter(({ wants }) => wants(event)).map(({ id }) => id);
  }

  private interestedIn(event: string): Subscriber[] {
    let subscribers = this.byEvent.get(event);
    if (!subscribers) this.byEvent.set(event, (subscribers = []));
    return subscribers;
  }
}

/** Keeps the subscriptions in memory, and knows when they changed, also through another replica. */
export class SubscriptionDirectory {
  private known = new Subscribers(0, []);

  constructor(private readonly database: Database) {}

  /**
   * The subscriptions as they are now. It asks the database each time whether its copy is still right, so a subscription
   * that was committed before an event was is never missed; only after a change are they read again.
   * @throws UnavailableError the database is away
   */
  async current(): Promise<Subscribers> {
    return this.database.read(async (manager) => {
      const [row] = await manager.query<Pick<Row, 'version'>[]>(VERSION);
      if (row!.version !== this.known.version) {
        const rows = await manager.query<Row[]>(LOAD);
        this.known = new Subscribers(rows[0]!.version, rows);
      }
      return this.known;
    });
  }
}
