import { compileFilter, UnavailableError, type Message, type SubscriptionFilter } from '@looseleaf/messaging';
import { BatchingSender } from '@looseleaf/messaging/adapter';
import { binaryTextArray } from './binary-text-array.js';
import type { Connections } from './connections.js';
import { anySet, type EncodedMessage } from './encode.js';
import { Interest } from './interest.js';
import type { SenderOptions } from './queue-sender.js';

const SUBSCRIPTIONS = { name: 'broker_subscriptions', text: 'SELECT * FROM broker.subscriptions($1)' };
const PUBLISH = { name: 'broker_publish', text: 'SELECT broker.publish($1, $2, $3, $4, $5, $6, $7, $8)' };
/** Subscriptions change when a service is deployed; more changes than this during one write are no accident. */
const MAX_RELOADS = 5;

export interface EncodedEvent extends EncodedMessage {
  readonly event: Message;
}

interface Subscriptions {
  readonly version: string;
  readonly wanted: readonly { readonly queueId: number; readonly matches: (event: Message) => boolean }[];
}

/** A topic without subscriptions is one row without a queue. */
type SubscriptionRow = [version: string, queueId: number | null, filter: SubscriptionFilter | null];

/** The way of events to the subscriptions of one topic. */
export class TopicPublisher {
  readonly sender: BatchingSender<EncodedEvent>;
  readonly interest: Interest;
  private cached: Subscriptions | undefined;

  constructor(
    private readonly connections: Connections,
    private readonly topic: string,
    options: SenderOptions,
  ) {
    this.sender = new BatchingSender({ ...options, write: (events) => this.publish(events) });
    this.interest = new Interest(async () => filtersOf(await this.readSubscriptions()));
  }

  /**
   * The server refuses copies that were made for an older set of subscriptions, so a subscription that was declared
   * before an event was published gets it, however long ago the set was read.
   */
  private async publish(events: EncodedEvent[]): Promise<void> {
    for (let reload = 0; reload <= MAX_RELOADS; reload += 1) {
      this.cached ??= await this.load();
      if (await this.store(events, this.cached)) return;
      this.cached = undefined;
    }
    throw new UnavailableError('broker', { code: 'BROKER.SUBSCRIPTIONS_UNSTABLE' });
  }

  /** False when the subscriptions are out of date. */
  private async store(events: EncodedEvent[], subscriptions: Subscriptions): Promise<boolean> {
    const kept: EncodedEvent[] = [];
    const queueIds: number[] = [];
    const positions: number[] = [];
    for (const event of events) {
      const wanting = subscriptions.wanted.filter(({ matches }) => matches(event.event));
      if (wanting.length === 0) continue;
      kept.push(event);
      for (const { queueId } of wanting) {
        queueIds.push(queueId);
        positions.push(kept.length);
      }
    }
    const delays = kept.map(({ delayMs }) => delayMs);
    const ids = kept.map(({ deduplicationId }) => deduplicationId);
    const [row] = await this.connections.query<[boolean]>(PUBLISH, [
      this.topic,
      subscriptions.version,
      queueIds,
      positions,
      binaryTextArray(kept.map(({ groupKey }) => groupKey)),
      binaryTextArray(kept.map(({ envelope }) => envelope)),
      anySet(delays) ? delays : null,
      anySet(ids) ? binaryTextArray(ids) : null,
    ]);
    return row?.[0] === true;
  }

  private async load(): Promise<Subscriptions> {
    const rows = await this.readSubscriptions();
    return {
      version: rows[0]?.[0] ?? '',
      wanted: rows.flatMap(([, queueId, filter]) =>
        queueId === null ? [] : [{ queueId, matches: compileFilter(filter ?? undefined) }],
      ),
    };
  }

  private readSubscriptions(): Promise<SubscriptionRow[]> {
    return this.connections.query<SubscriptionRow>(SUBSCRIPTIONS, [this.topic]);
  }
}

function filtersOf(rows: readonly SubscriptionRow[]): SubscriptionFilter[] {
  return rows.flatMap(([, queueId, filter]) => (queueId === null ? [] : [filter ?? {}]));
}
