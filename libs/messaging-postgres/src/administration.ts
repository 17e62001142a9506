import type { DeadLetter, QueueAdministration, QueueStats } from '@looseleaf/messaging';
import { readableMessage } from '@looseleaf/messaging/adapter';
import type { Connections } from './connections.js';

const STATS = { name: 'broker_stats', text: 'SELECT * FROM broker.stats()' };
const DEAD_LETTERS = { name: 'broker_dead_letters', text: 'SELECT * FROM broker.dead_letters($1, $2)' };
const REDRIVE = { name: 'broker_redrive', text: 'SELECT broker.redrive($1, $2)' };
/** Letters moved by one statement, so that any number of them stays within its time-out. */
const REDRIVE_STEP = 5000;

type StatsRow = [queue: string, depth: number, inFlight: number, oldestAgeMs: number, deadLettered: number];
type DeadLetterRow = [envelope: string, error: string, attempts: number, deadLetteredAtMs: number];

/** What operators do with the queues in the database. */
export class PostgresAdministration implements QueueAdministration {
  constructor(private readonly connections: Connections) {}

  async stats(): Promise<QueueStats[]> {
    const rows = await this.connections.query<StatsRow>(STATS, []);
    return rows.map(([queue, depth, inFlight, oldestAgeMs, deadLettered]) => ({
      queue,
      depth,
      inFlight,
      oldestAgeMs: Math.round(oldestAgeMs),
      deadLettered,
    }));
  }

  async deadLetters(queue: string, limit: number): Promise<DeadLetter[]> {
    const rows = await this.connections.query<DeadLetterRow>(DEAD_LETTERS, [queue, limit]);
    return rows.map(([envelope, error, attempts, deadLetteredAtMs]) => ({
      message: readableMessage(envelope),
      queue,
      error,
      attempts,
      deadLetteredAt: new Date(deadLetteredAtMs),
    }));
  }

  async redrive(queue: string, limit = Infinity): Promise<number> {
    let redriven = 0;
    for (let moved = REDRIVE_STEP; moved === REDRIVE_STEP && redriven < limit; redriven += moved) {
      const [row] = await this.connections.query<[number]>(REDRIVE, [queue, Math.min(limit - redriven, REDRIVE_STEP)]);
      moved = row?.[0] ?? 0;
    }
    return redriven;
  }
}
