import type { MessageBroker, QueueStats } from '@looseleaf/messaging';
import { register } from 'prom-client';
import { exposeOutboxMetrics, exposeQueueMetrics, exposeReplicaMetrics, type OutboxFigures } from './metrics.js';

describe('Queue metrics', () => {
  let answers = 0;
  let stats: () => Promise<QueueStats[]>;

  beforeAll(() => {
    exposeQueueMetrics({
      administration: {
        stats: () => {
          answers += 1;
          return stats();
        },
      },
    } as unknown as MessageBroker);
  });

  it('show every figure of every queue, with one question to the broker', async () => {
    stats = async () => [{ queue: 'orders.place', depth: 3, inFlight: 2, oldestAgeMs: 1500, deadLettered: 1 }];
    const text = await register.metrics();
    expect(text).toContain('looseleaf_queue_depth{queue="orders.place"} 3');
    expect(text).toContain('looseleaf_queue_in_flight{queue="orders.place"} 2');
    expect(text).toContain('looseleaf_queue_oldest_age_ms{queue="orders.place"} 1500');
    expect(text).toContain('looseleaf_queue_dead_lettered{queue="orders.place"} 1');
    expect(text).toContain('looseleaf_broker_up 1');
    expect(answers).toBe(1);
  });

  it('say that the broker is away, and keep no old figures', async () => {
    stats = async () => Promise.reject(new Error('gone'));
    const text = await register.metrics();
    expect(text).toContain('looseleaf_broker_up 0');
    expect(text).not.toContain('looseleaf_queue_depth{');
  });
});

describe('Outbox metrics', () => {
  let answers = 0;
  let figures: () => Promise<OutboxFigures>;

  beforeAll(() => {
    exposeOutboxMetrics(() => {
      answers += 1;
      return figures();
    });
  });

  it('show what waits and what was refused for good, with one question to the database', async () => {
    figures = async () => ({ depth: 7, failed: 2 });
    const text = await register.metrics();
    expect(text).toContain('looseleaf_outbox_depth 7');
    expect(text).toContain('looseleaf_outbox_failed 2');
    expect(answers).toBe(1);
  });

  it('are left out while the database is away: a 0 would say that all is well', async () => {
    figures = async () => Promise.reject(new Error('gone'));
    expect(await register.metrics()).not.toMatch(/^looseleaf_outbox_/m);
    figures = async () => ({ depth: 0, failed: 0 });
    expect(await register.metrics()).toContain('looseleaf_outbox_failed 0');
  });
});

describe('Replica metrics', () => {
  it('are those of now at each scrape, and none where there is no replica', async () => {
    exposeReplicaMetrics(() => undefined);
    expect(await register.metrics()).not.toContain('looseleaf_database_replica');
    let reads = 1;
    exposeReplicaMetrics(() => ({ up: 1, reads, fallbacks: 2, lagMs: 30 }));
    await register.metrics();
    reads = 5;
    const text = await register.metrics();
    expect(text).toContain('looseleaf_database_replica_up 1');
    expect(text).toContain('looseleaf_database_replica_reads_total 5');
    expect(text).toContain('looseleaf_database_replica_fallbacks_total 2');
    expect(text).toContain('looseleaf_database_replica_lag_ms 30');
  });
});
