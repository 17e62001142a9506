import { backOffMs, type BrokerLogger } from '@looseleaf/messaging/adapter';
import pg from 'pg';
import { clientConfig, type ConnectionOptions } from './connections.js';
import { WAKE_CHANNEL } from './sql/pinned.js';

const HEARTBEAT_MS = 15_000;

/** A consumer's view of the notifications for its queue. */
export interface WakeUpSubscription {
  /** Rises with each notification; read it before looking at the queue. */
  readonly generation: number;
  /** Calls back once: at the next notification, or at once when one came since `generation`. Returns how to cancel. */
  once(generation: number, callback: () => void): () => void;
  end(): void;
}

/**
 * One connection that listens for all consumers of this process. Notifications that were missed while it was away are
 * made up for: after each connect every consumer looks once.
 */
export class WakeUps {
  private readonly byQueue = new Map<string, Set<Channel>>();
  private client: pg.Client | undefined;
  private timer: NodeJS.Timeout | undefined;
  private attempt = 0;
  private closed = false;

  constructor(
    private readonly options: ConnectionOptions,
    private readonly logger: BrokerLogger,
  ) {}

  subscribe(queue: string): WakeUpSubscription {
    const channel = new Channel(() => this.channels(queue).delete(channel));
    this.channels(queue).add(channel);
    if (!this.client && !this.timer) this.connect();
    return channel;
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    const { client } = this;
    if (!client) return;
    await Promise.race([client.end(), new Promise((resolve) => setTimeout(resolve, 2000).unref())]);
  }

  private channels(queue: string): Set<Channel> {
    let channels = this.byQueue.get(queue);
    if (!channels) this.byQueue.set(queue, (channels = new Set()));
    return channels;
  }

  private connect(): void {
    const client = new pg.Client(clientConfig(this.options));
    this.client = client;
    client.on('notification', ({ payload }) => {
      for (const channel of this.channels(payload ?? '')) channel.ring();
    });
    client.on('error', () => this.reconnect(client));
    client.on('end', () => this.reconnect(client));
    client
      .connect()
      .then(() => client.query(`LISTEN ${WAKE_CHANNEL}`))
      .then(() => {
        if (this.client !== client || this.closed) return;
        this.attempt = 0;
        for (const channels of this.byQueue.values()) for (const channel of channels) channel.ring();
        this.timer = setTimeout(() => this.beat(client), HEARTBEAT_MS);
      })
      .catch((error: unknown) => {
        if (this.attempt === 0) this.logger.warn({ err: error }, 'the broker is away; consumers wait for it');
        this.reconnect(client);
      });
  }

  /** A peer that vanished without a word would be noticed by nothing else here. */
  private beat(client: pg.Client): void {
    const silence = setTimeout(() => this.reconnect(client), this.options.timeoutMs);
    client
      .query('SELECT 1')
      .then(() => {
        if (this.client === client && !this.closed) this.timer = setTimeout(() => this.beat(client), HEARTBEAT_MS);
      })
      .catch(() => this.reconnect(client))
      .finally(() => clearTimeout(silence));
  }

  private reconnect(lost: pg.Client): void {
    if (this.client !== lost || this.closed) return;
    this.client = undefined;
    clearTimeout(this.timer);
    // Its socket may be half open: nobody waits for the good-bye.
    lost.end().catch(() => undefined);
    this.attempt += 1;
    this.timer = setTimeout(() => this.connect(), backOffMs(this.attempt, 100, 2000));
  }
}

class Channel implements WakeUpSubscription {
  generation = 0;
  private readonly waiting = new Set<() => void>();

  constructor(readonly end: () => void) {}

  once(generation: number, callback: () => void): () => void {
    if (generation !== this.generation) {
      callback();
      return () => undefined;
    }
    this.waiting.add(callback);
    return () => this.waiting.delete(callback);
  }

  ring(): void {
    this.generation += 1;
    const waiting = [...this.waiting];
    this.waiting.clear();
    for (const callback of waiting) callback();
  }
}
