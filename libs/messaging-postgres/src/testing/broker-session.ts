import { randomUUID } from 'node:crypto';
import pg from 'pg';

export interface ReceivedBatch {
  readonly receipt: string;
  readonly waitMs: number | null;
  readonly envelopes: string[];
}

/** A session on the broker's database that calls its functions as they are, without the adapter. */
export class BrokerSession {
  private static queues = 0;

  private constructor(private readonly client: pg.Client) {}

  static async open(url: string): Promise<BrokerSession> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    return new BrokerSession(client);
  }

  async rows(text: string, values: unknown[] = []): Promise<unknown[][]> {
    return (await this.client.query<unknown[]>({ text, values, rowMode: 'array' })).rows;
  }

  /** Declares a queue; its name. */
  async aQueue(options = {}): Promise<string> {
    const name = `queue-${(BrokerSession.queues += 1)}`;
    const topology = { queues: [{ name, ...options }], topics: [], subscriptions: [] };
    await this.rows('SELECT broker.declare($1)', [JSON.stringify(topology)]);
    return name;
  }

  async send(
    queue: string,
    envelopes: string[],
    groupKeys: (string | null)[] = envelopes.map(() => null),
  ): Promise<void> {
    await this.rows('SELECT broker.send($1, $2, $3)', [queue, groupKeys, envelopes]);
  }

  async receive(queue: string, max = 1000, receipt: string = randomUUID()): Promise<ReceivedBatch> {
    const [head, ...messages] = await this.rows('SELECT * FROM broker.receive($1, $2, $3, 10000)', [
      queue,
      receipt,
      max,
    ]);
    return { receipt, waitMs: head?.[0] as number | null, envelopes: messages.map((row) => row[3] as string) };
  }

  /** False when the batch was not this receipt's any more. */
  async settle(queue: string, receipt: string): Promise<boolean> {
    const [row] = await this.rows(`SELECT broker.settle($1, $2, '{}', '{}', '{}', '{}')`, [queue, receipt]);
    return row?.[0] as boolean;
  }

  /** Settles the first messages of a batch as failed. */
  async fail(
    queue: string,
    { receipt }: ReceivedBatch,
    count: number,
    delayMs: number,
    permanent = false,
  ): Promise<void> {
    const positions = Array.from({ length: count }, (_, index) => index + 1);
    await this.rows('SELECT broker.settle($1, $2, $3, $4, $5, $6)', [
      queue,
      receipt,
      positions,
      positions.map(() => delayMs),
      positions.map(() => 'oops'),
      positions.map(() => permanent),
    ]);
  }

  async close(): Promise<void> {
    await this.client.end();
  }
}
