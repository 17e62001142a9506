import type { Database } from '../database.js';

/** How full the outbox is. */
export interface OutboxFigures {
  /** Transactions whose messages wait to be sent. */
  readonly depth: number;
  /** Messages that the broker refused for good; they are in `outbox_failed` until somebody looks at them. */
  readonly failed: number;
}

// float8 arrives as a number, and counts exactly up to 2^53.
const FIGURES = `
  SELECT (SELECT count(*)::float8 FROM outbox) AS depth, (SELECT count(*)::float8 FROM outbox_failed) AS failed`;

/** @throws UnavailableError the database is away */
export async function readOutboxFigures(database: Database): Promise<OutboxFigures> {
  const [figures] = await database.read((manager) => manager.query<OutboxFigures[]>(FIGURES));
  return figures!;
}
