import type { BatchObservation, MessageBroker } from '@looseleaf/messaging';
import { Counter, Gauge, Histogram } from 'prom-client';
import { oncePerScrape } from './once-per-scrape.js';

const messages = new Counter({
  name: 'looseleaf_messages_total',
  help: 'Messages settled by this process',
  labelNames: ['queue', 'outcome'],
});
const batchSize = new Histogram({
  name: 'looseleaf_batch_messages',
  help: 'Messages in a batch',
  labelNames: ['queue'],
  buckets: [1, 2, 5, 10, 25, 50, 100, 250, 500],
});
const batchDuration = new Histogram({
  name: 'looseleaf_batch_duration_seconds',
  help: 'Time to handle a batch',
  labelNames: ['queue'],
});

/** Counts what became of a batch; for `MessagingTransportOptions.onBatch`. */
export function recordBatch({ queue, batch, settlements, durationMs }: BatchObservation): void {
  batchSize.observe({ queue }, batch.length);
  batchDuration.observe({ queue }, durationMs / 1000);
  for (const { kind } of settlements) messages.inc({ queue, outcome: kind });
}

const QUEUE_FIGURES = {
  depth: { name: 'looseleaf_queue_depth', help: 'Messages that wait' },
  inFlight: { name: 'looseleaf_queue_in_flight', help: 'Messages that are being handled' },
  oldestAgeMs: { name: 'looseleaf_queue_oldest_age_ms', help: 'Age of the oldest message that is not done' },
  deadLettered: { name: 'looseleaf_queue_dead_lettered', help: 'Messages among the dead letters' },
} as const;

/** Depth, in flight, age and dead letters of every queue, read from the broker at each scrape; left out while it is away. */
export function exposeQueueMetrics(broker: MessageBroker): void {
  const readStats = oncePerScrape(() => broker.administration.stats());
  for (const [figure, { name, help }] of Object.entries(QUEUE_FIGURES)) {
    new Gauge({
      name,
      help,
      labelNames: ['queue'],
      async collect() {
        this.reset();
        for (const stats of (await readStats()) ?? []) {
          this.set({ queue: stats.queue }, stats[figure as keyof typeof QUEUE_FIGURES]);
        }
      },
    });
  }
  new Gauge({
    name: 'looseleaf_broker_up',
    help: '1 when the broker answered this scrape',
    async collect() {
      this.set((await readStats()) ? 1 : 0);
    },
  });
}

/** What is in a service's outbox. */
export interface OutboxFigures {
  /** Transactions that wait to be sent. */
  readonly depth: number;
  /** Messages that the broker refused for good. */
  readonly failed: number;
}

const OUTBOX_FIGURES = {
  depth: { name: 'looseleaf_outbox_depth', help: 'Transactions whose messages wait to be sent' },
  failed: { name: 'looseleaf_outbox_failed', help: 'Messages that the broker refused for good' },
} as const;

/**
 * What waits in the outbox and what was moved aside, read at each scrape; left out while the database is away.
 * @param read asks the database; once for each scrape
 */
export function exposeOutboxMetrics(read: () => Promise<OutboxFigures>): void {
  const readFigures = oncePerScrape(read);
  for (const [figure, { name, help }] of Object.entries(OUTBOX_FIGURES)) {
    new Gauge({
      name,
      help,
      async collect() {
        const figures = await readFigures();
        if (figures) this.set(figures[figure as keyof OutboxFigures]);
        else this.remove(); // `reset` would say 0
      },
    });
  }
}

/** How reads that may go to a replica of the database were served. */
export interface ReplicaFigures {
  readonly up: number;
  readonly reads: number;
  readonly fallbacks: number;
  readonly lagMs: number;
}

const REPLICA_GAUGES = {
  up: {
    name: 'looseleaf_database_replica_up',
    help: '1 while reads go to the replica, 0 while the primary serves them',
  },
  lagMs: { name: 'looseleaf_database_replica_lag_ms', help: 'How far the replica was behind at the last look' },
} as const;
const REPLICA_COUNTERS = {
  reads: { name: 'looseleaf_database_replica_reads_total', help: 'Reads that the replica served' },
  fallbacks: {
    name: 'looseleaf_database_replica_fallbacks_total',
    help: 'Reads that the primary served in place of the replica',
  },
} as const;

/** Shows how the replica of a service that has one is doing. */
export function exposeReplicaMetrics(read: () => ReplicaFigures | undefined): void {
  if (!read()) return;
  for (const [figure, { name, help }] of Object.entries(REPLICA_GAUGES)) {
    new Gauge({
      name,
      help,
      collect() {
        this.set(read()![figure as keyof typeof REPLICA_GAUGES]);
      },
    });
  }
  for (const [figure, { name, help }] of Object.entries(REPLICA_COUNTERS)) {
    new Counter({
      name,
      help,
      collect() {
        this.reset();
        this.inc(read()![figure as keyof typeof REPLICA_COUNTERS]);
      },
    });
  }
}
