import { Counter, Gauge } from 'prom-client';
import { oncePerScrape } from './once-per-scrape.js';

const attempts = new Counter({
  name: 'looseleaf_deliveries_total',
  help: 'Attempts to deliver a notification, by what came of them',
  labelNames: ['channel', 'outcome'],
});

/** Counts an attempt to deliver a notification: delivered, retried, dead-lettered, or released because a dependency is away. */
export function recordDelivery(channel: string, outcome: string): void {
  attempts.inc({ channel, outcome });
}

/** The notifications that are not delivered yet. */
export interface DeliveryFigures {
  /** Those that wait, the ones that are being delivered included. */
  readonly waiting: number;
  /** Age of the oldest event among them, in milliseconds; 0 when there is none. */
  readonly oldestAgeMs: number;
  /** Those that were given up. */
  readonly deadLettered: number;
}

const FIGURES = {
  waiting: { name: 'looseleaf_deliveries_waiting', help: 'Notifications that wait to be delivered' },
  oldestAgeMs: { name: 'looseleaf_deliveries_oldest_age_ms', help: 'Age of the oldest event that waits' },
  deadLettered: { name: 'looseleaf_deliveries_dead_lettered', help: 'Notifications that were given up' },
} as const;

/**
 * What waits and what was given up, read at each scrape; left out while the database is away.
 * @param read asks the database; once for each scrape
 */
export function exposeDeliveryMetrics(read: () => Promise<DeliveryFigures>): void {
  const readFigures = oncePerScrape(read);
  for (const [figure, { name, help }] of Object.entries(FIGURES)) {
    new Gauge({
      name,
      help,
      async collect() {
        const figures = await readFigures();
        if (figures) this.set(figures[figure as keyof DeliveryFigures]);
        else this.remove(); // `reset` would say 0
      },
    });
  }
}
