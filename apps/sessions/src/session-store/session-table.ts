import type { OrderLine } from '@looseleaf/contracts';
import type { CompletedCheckout, PendingCheckout, Session } from '../domain/session.js';

/** A session as the database has it. */
export interface StoredSession {
  readonly session: Session;
  /** Unix milliseconds of the database. */
  readonly expiresAtMs: number;
}

const COLUMNS = `version, cart_version, lines, customer_id, email, pending, last,
  (extract(epoch FROM expires_at) * 1000)::float8 AS expires_at_ms,
  (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now_ms`;

const FIND = `SELECT ${COLUMNS} FROM session WHERE key = $1 AND expires_at > now()`;
const LOCK = `${FIND} FOR NO KEY UPDATE`;

/** The expiry slides when a tenth of the time has passed: else every write would touch an index. */
const SLIDE = `CASE WHEN expires_at < now() + $1::float8 * interval '0.9 ms'
  THEN now() + $1::float8 * interval '1 ms' ELSE expires_at END`;

const SAVE = `
  UPDATE session SET expires_at = ${SLIDE}, version = $4, cart_version = $5, lines = $6, customer_id = $7, email = $8,
         pending = $9, last = $10
   WHERE key = $2 AND version = $3 AND expires_at > now() RETURNING ${COLUMNS}`;

const TOUCH = `UPDATE session SET expires_at = ${SLIDE} WHERE key = $2 AND expires_at > now() RETURNING ${COLUMNS}`;

const INSERT = `
  INSERT INTO session (expires_at, key, version, cart_version, lines, customer_id, email, pending, last)
  VALUES (now() + $1::float8 * interval '1 ms', $2, $3, $4, $5, $6, $7, $8, $9)
  ON CONFLICT (key) DO NOTHING RETURNING ${COLUMNS}`;

/** Runs statements: a transaction, or a connection on which each commits by itself. */
export interface Statements {
  query<Row extends object>(sql: string, parameters: readonly unknown[]): Promise<Row[]>;
}

/** The table of sessions. An expired one is not there, whether or not its row still is. */
export class SessionTable {
  /** @param ttlMs how long a session lives after it was used last */
  constructor(
    private readonly statements: Statements,
    private readonly ttlMs: number,
  ) {}

  find(key: Buffer): Promise<StoredSession | undefined> {
    return this.#one(FIND, [key]);
  }

  /** Reads a session and holds it until the commit; with the time that the database says it is. */
  async lock(key: Buffer): Promise<(StoredSession & { readonly nowMs: number }) | undefined> {
    const [row] = await this.statements.query<SessionRow>(LOCK, [key]);
    return row && { ...toStored(row), nowMs: row.now_ms };
  }

  /** Saves a change. @returns `undefined` when the session is no longer at the version before, or is gone */
  save(key: Buffer, versionBefore: number, session: Session): Promise<StoredSession | undefined> {
    return this.#one(SAVE, [this.ttlMs, key, versionBefore, ...columnsOf(session)]);
  }

  /** @returns `undefined` when there is one already */
  insert(key: Buffer, session: Session): Promise<StoredSession | undefined> {
    return this.#one(INSERT, [this.ttlMs, key, ...columnsOf(session)]);
  }

  /** The session has been used: its expiry slides. Its version stays. */
  touch(key: Buffer): Promise<StoredSession | undefined> {
    return this.#one(TOUCH, [this.ttlMs, key]);
  }

  async #one(sql: string, parameters: unknown[]): Promise<StoredSession | undefined> {
    const [row] = await this.statements.query<SessionRow>(sql, parameters);
    return row && toStored(row);
  }
}

interface SessionRow {
  /** The driver gives 64-bit integers as text. */
  readonly version: string;
  readonly cart_version: string;
  readonly lines: OrderLine[];
  readonly customer_id: string | null;
  readonly email: string | null;
  readonly pending: PendingCheckout | null;
  readonly last: CompletedCheckout | null;
  readonly expires_at_ms: number;
  readonly now_ms: number;
}

function columnsOf({ version, cartVersion, lines, customerId, email, pending, last }: Session): unknown[] {
  return [version, cartVersion, JSON.stringify(lines), customerId, email, toJson(pending), toJson(last)];
}

function toJson(value: object | undefined): string | null {
  return value ? JSON.stringify(value) : null;
}

function toStored({
  version,
  cart_version,
  lines,
  customer_id,
  email,
  pending,
  last,
  expires_at_ms,
}: SessionRow): StoredSession {
  const session = {
    version: Number(version),
    cartVersion: Number(cart_version),
    lines,
    ...(customer_id !== null && { customerId: customer_id }),
    ...(email !== null && { email }),
    ...(pending && { pending }),
    ...(last && { last }),
  };
  return { session, expiresAtMs: expires_at_ms };
}
