import {
  orderCancelled,
  orderConfirmed,
  orderRejected,
  stockDepleted,
  stockReplenished,
  type CancellationReason,
} from '@looseleaf/contracts';
import { eventually, startTestPostgres, type TestPostgres } from '@looseleaf/infra';
import { createMessage, type Message } from '@looseleaf/messaging';
import { Database, runMigrations } from '@looseleaf/persistence';
import { startDelivering, type DeliveringOptions } from '../deliver/start-delivering.js';
import { DeadLetters } from '../manage-subscriptions/dead-letters.js';
import { Subscriptions, type SubscriptionView } from '../manage-subscriptions/subscriptions.js';
import { NotifySubscribers } from '../notify-subscribers/notify-subscribers.js';
import { entities, migrations } from '../persistence/index.js';
import { SecretBox } from '../subscriptions/secret-box.js';
import { SubscriptionDirectory } from '../subscriptions/subscription-directory.js';
import { MailServer } from './mail-server.js';

export const SECRET = 'a secret of enough characters';
const WEBHOOK_KEY = 'a key of thirty-two characters or more';

/** One process's worth of notifier. */
export interface Replica {
  readonly database: Database;
  readonly notify: NotifySubscribers;
  readonly subscriptions: Subscriptions;
  readonly deadLetters: DeadLetters;
  readonly warnings: { fields: object; text: string }[];
  /** Delivers nothing more; what is under way is cut off. */
  stopDelivering(): Promise<void>;
  stop(): Promise<void>;
  /** Loses its database at once, as a process that is killed does; what it was doing goes on in vain. */
  kill(): Promise<void>;
}

/** Notifiers on a PostgreSQL server of their own, with a mail server. Times are short, so that tests are. */
export class TestNotifier {
  readonly secrets = new SecretBox(WEBHOOK_KEY);
  private readonly replicas = new Set<Replica>();

  private constructor(
    readonly server: TestPostgres,
    readonly databaseUrl: string,
    readonly mail: MailServer,
  ) {}

  static async start(): Promise<TestNotifier> {
    const server = await startTestPostgres();
    const url = await server.createDatabase('notifier');
    await runMigrations({ url, migrations });
    return new TestNotifier(server, url, await MailServer.start());
  }

  async replica(options: Partial<DeliveringOptions> = {}): Promise<Replica> {
    const warnings: Replica['warnings'] = [];
    const note = (fields: object, text: string): void => void warnings.push({ fields, text });
    const logger = { info: () => {}, warn: note, error: note };
    const database = new Database({ url: this.databaseUrl, entities, migrations, poolSize: 4 });
    database.start();
    await eventually(() => database.ping());
    const { dispatcher, stop } = startDelivering({
      database,
      logger,
      secrets: this.secrets,
      addressPolicy: { allowLoopback: true },
      retry: { maxAttempts: 3, baseMs: 20, maxMs: 200 },
      smtpUrl: this.mail.url,
      mailFrom: 'shop@looseleaf.example',
      smtpTimeoutMs: 1_000,
      webhookTimeoutMs: 500,
      deadLetterRetentionMs: 60_000,
      // Only for what the dead leave behind: nothing else may depend on it.
      sweepMs: 600_000,
      waitMs: 500,
      ...options,
    });
    const wake = (lanes: Iterable<string>): void => dispatcher.wake(lanes);
    const replica: Replica = {
      database,
      warnings,
      notify: new NotifySubscribers(database, new SubscriptionDirectory(database), wake),
      subscriptions: new Subscriptions(database, this.secrets),
      deadLetters: new DeadLetters(database, wake),
      stopDelivering: () => stop(0),
      stop: async () => {
        this.replicas.delete(replica);
        await stop(2_000);
        await database.close();
      },
      kill: async () => {
        this.replicas.delete(replica);
        await database.close();
        await stop(0);
      },
    };
    this.replicas.add(replica);
    return replica;
  }

  async stop(): Promise<void> {
    await Promise.all([...this.replicas].map((replica) => replica.stop()));
    await this.mail.stop();
    await this.server.stop();
  }
}

/** Subscribes a webhook. */
export function subscribe(
  { subscriptions }: Pick<Replica, 'subscriptions'>,
  webhook: string,
  request: Partial<Parameters<Subscriptions['create']>[0]> = {},
): Promise<SubscriptionView> {
  return subscriptions.create({ events: [stockDepleted.name], deliver: { webhook, secret: SECRET }, ...request });
}

/** Rows of a query in the notifier's database. */
export function rows<Row>({ database }: Pick<Replica, 'database'>, sql: string): Promise<Row[]> {
  return database.read((manager) => manager.query<Row[]>(sql));
}

/** How many deliveries of existing subscriptions wait or were given up. */
export async function open(replica: Replica): Promise<number> {
  const [row] = await rows<{ count: number }>(
    replica,
    'SELECT count(*)::int AS count FROM deliveries WHERE subscription_id IN (SELECT id FROM subscriptions)',
  );
  return row!.count;
}

export function aDepletion(store = 'Berlin', sku = '85123A'): Message {
  return createMessage(stockDepleted, { store, sku });
}

export function aReplenishment(count: number, store = 'Berlin', sku = '85123A'): Message {
  return createMessage(stockReplenished, { store, sku, count });
}

const orderId = '0199a2b4-0000-8000-8000-00000000000a';

export function aConfirmation(email?: string): Message {
  const lines = [{ sku: '85123A', quantity: 6, unitPriceMinor: 255 }];
  return createMessage(orderConfirmed, {
    ...{ orderId, lines, totalMinor: 1530, confirmedAt: '2010-12-01T08:26:00.000Z' },
    ...(email !== undefined && { email }),
  });
}

export function aRejection(email: string): Message {
  const rejectedAt = '2010-12-01T08:26:00.000Z';
  return createMessage(orderRejected, { orderId, email, reason: 'OUT_OF_STOCK', skus: ['85123A'], rejectedAt });
}

export function aCancellation(email: string, reason?: CancellationReason): Message {
  return createMessage(orderCancelled, { orderId, email, reason, cancelledAt: '2010-12-01T08:26:00.000Z' });
}
