import { createHash } from 'node:crypto';
import type { OutgoingMessage } from '@looseleaf/messaging';
import type { PoolClient } from 'pg';
import type { EntityManager, QueryRunner } from 'typeorm';
import { OutboxBuffer } from './outbox/outbox-buffer.js';

/** A unit of work: what is written and what is sent through it commit together, or neither does. */
export interface Transaction {
  /** TypeORM's view of the transaction; for reads and for writes off the hot path. */
  readonly manager: EntityManager;
  /**
   * Runs one statement as a prepared one. The text must be constant (each distinct text is kept prepared on each
   * connection); values go in the parameters.
   */
  query<Row extends object>(sql: string, parameters?: readonly unknown[]): Promise<Row[]>;
  /** Sends commands to a queue, if and after the transaction commits; in the order of the calls. */
  send(queue: string, messages: readonly OutgoingMessage[]): void;
  /**
   * Publishes events on a topic, if and after the transaction commits; in the order of the calls. Those that nobody wants
   * are left out.
   */
  publish(topic: string, events: readonly OutgoingMessage[]): void;
  /** Whether `publish` would not leave out events of this name; a producer of many need not make them for nothing. */
  wants(topic: string, eventName: string): boolean;
}

/** Whether somebody may want the events of a name: `wants` of the broker's topic. */
export type EventInterest = (topic: string, eventName: string) => boolean;

/** Thrown on commit when a statement had failed and its error was caught: PostgreSQL would roll back without a word. */
export class AbortedTransactionError extends Error {
  readonly code = 'DATABASE.TRANSACTION_ABORTED';
  readonly retryable = false;

  constructor() {
    super('a statement of this transaction failed and its error was caught; nothing was committed');
  }
}

export class RunningTransaction implements Transaction {
  private readonly outbox = new OutboxBuffer();

  private constructor(
    private readonly runner: QueryRunner,
    private readonly client: PoolClient,
    readonly wants: EventInterest,
  ) {}

  static async begin(runner: QueryRunner, client: PoolClient, wants: EventInterest): Promise<RunningTransaction> {
    await runner.startTransaction();
    return new RunningTransaction(runner, client, wants);
  }

  get manager(): EntityManager {
    return this.runner.manager;
  }

  async query<Row extends object>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    const result = await this.client.query<Row>({ name: statementName(sql), text: sql, values: [...parameters] });
    return result.rows;
  }

  send(queue: string, messages: readonly OutgoingMessage[]): void {
    this.outbox.add('queue', queue, messages);
  }

  publish(topic: string, events: readonly OutgoingMessage[]): void {
    this.outbox.add(
      'topic',
      topic,
      events.filter(({ name }) => this.wants(topic, name)),
    );
  }

  /**
   * Writes the outbox and commits.
   *
   * All messages of a transaction are one outbox row, written as its last statement. That is cheap, and it orders the
   * rows within each group: two transactions about the same group (the same order, say) conflict on a row lock that
   * each holds until its commit, so the later one draws its outbox id after the earlier one has committed. Whoever sees
   * its row sees the earlier row too, with the smaller id. Rows of unrelated transactions may become visible out of id
   * order, which no group can tell.
   * @returns whether there are messages to send
   * @throws AbortedTransactionError
   */
  async commit(): Promise<boolean> {
    const hasMessages = !this.outbox.isEmpty;
    if (hasMessages) await this.query('INSERT INTO outbox (batches) VALUES ($1)', [this.outbox.encode()]);
    const { command } = await this.client.query('COMMIT');
    // The answer to a commit after a statement that failed. The driver hears of the failure before it hears of the
    // transaction's state, so only the answer is sure.
    if (command === 'ROLLBACK') throw new AbortedTransactionError();
    return hasMessages;
  }

  /** Ends the transaction without effect, unless it has ended. */
  async rollback(): Promise<void> {
    if (this.client.getTransactionStatus() !== 'I') await this.runner.rollbackTransaction();
  }
}

const statementNames = new Map<string, string>();

/** Names of prepared statements are cut at 63 bytes by the server, so the text is hashed. */
function statementName(sql: string): string {
  let name = statementNames.get(sql);
  if (!name) {
    name = createHash('sha256').update(sql).digest('base64url');
    statementNames.set(sql, name);
  }
  return name;
}
