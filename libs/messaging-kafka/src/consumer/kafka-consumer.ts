import type { BatchHandler, ConsumeOptions, Consumer } from '@looseleaf/messaging';
import { finishWithin, type BrokerLogger } from '@looseleaf/messaging/adapter';
import { channelOf, type Channel } from '../channels.js';
import type { KafkaConnection } from '../kafka-connection.js';
import { compileFilters, type Declarations } from '../provisioning/declarations.js';
import type { OutgoingRecord } from '../sending/encode.js';
import { withTimeLimit } from '../time-limit.js';
import { Committer } from './committer.js';
import { ConsumerControl } from './consumer-control.js';
import { ConsumerLoop } from './consumer-loop.js';
import { Fetcher } from './fetcher.js';
import { GroupMember } from './group-member.js';
import { Participation } from './participation.js';
import { Windows, type TakeRules } from './windows.js';

export interface KafkaConsumerParts {
  readonly queue: string;
  readonly connection: KafkaConnection;
  readonly declarations: Declarations;
  readonly handler: BatchHandler;
  readonly options: ConsumeOptions;
  readonly sessionTimeoutMs: number;
  readonly logger: BrokerLogger;
  /** Resolves when they are durable. */
  readonly write: (records: readonly OutgoingRecord[]) => Promise<void>;
}

/** A broker that is away holds up no shutdown: then the session ends by itself. */
const LEAVE_LIMIT_MS = 2000;
const DEFAULT_LINGER_MS = 10;
/** Records come while others are being handled: half of the time in which batches are collected is enough. */
const MAX_FETCH_LINGER_MS = 5;

/** What one `consume` started: a member of the queue's consumer group, with the loops that deliver what it holds. */
export class KafkaConsumer implements Consumer {
  readonly #channel: Channel;
  readonly #control = new ConsumerControl();
  readonly #windows = new Windows();
  readonly #member: GroupMember;
  readonly #committer: Committer;
  readonly #fetcher: Fetcher;
  readonly #finished: Promise<unknown>;
  #rules: TakeRules | undefined;

  constructor(private readonly parts: KafkaConsumerParts) {
    const { queue, connection, options, sessionTimeoutMs } = parts;
    const logger = parts.logger;
    this.#channel = channelOf(queue);
    const { group, topics } = this.#channel;
    this.#member = new GroupMember(connection, { group, topics, sessionTimeoutMs });
    this.#committer = new Committer(this.#windows, this.#member, logger);
    this.#fetcher = new Fetcher({
      connection,
      topics,
      windows: this.#windows,
      logger,
      lingerMs: Math.min(options.lingerMs ?? DEFAULT_LINGER_MS, MAX_FETCH_LINGER_MS),
      onRecords: () => this.#control.wake(),
      onDeclarationChanged: () => this.#learnRules(),
    });
    const participation = new Participation({
      queue,
      topics,
      connection,
      member: this.#member,
      windows: this.#windows,
      committer: this.#committer,
      control: this.#control,
      sessionTimeoutMs,
      logger,
      prepare: () => this.#learnRules(),
      onAssigned: () => this.#fetcher.poll(),
    });
    this.#control.hold();
    const loops = Array.from({ length: options.concurrency ?? 1 }, () => this.#createLoop().run());
    // A member to the end, or others would get what is still being delivered.
    this.#finished = Promise.all([participation.run(), Promise.all(loops).then(() => this.#control.finish())]);
  }

  async stop(deadlineMs: number): Promise<void> {
    this.#control.stop();
    try {
      await finishWithin(this.#finished, deadlineMs);
    } finally {
      this.#control.abandon();
      await withTimeLimit(this.#leave(), LEAVE_LIMIT_MS).catch(() => undefined);
      // An answer may be under way that nobody needs any more.
      void this.parts.connection.close();
    }
  }

  #createLoop(): ConsumerLoop {
    const { queue, handler, options, logger, write } = this.parts;
    return new ConsumerLoop({
      queue,
      channel: this.#channel,
      handler,
      options: { maxMessages: options.maxMessages ?? 500, lingerMs: options.lingerMs ?? DEFAULT_LINGER_MS },
      control: this.#control,
      windows: this.#windows,
      committer: this.#committer,
      logger,
      write,
      rules: () => this.#rules,
      onSettled: () => this.#fetcher.poll(),
    });
  }

  async #learnRules(): Promise<void> {
    const { declarations, queue } = this.parts;
    await declarations.refresh();
    const { maxReceiveCount, retentionMs, filters } = await declarations.find(queue);
    const filter = filters && compileFilters(filters);
    this.#rules = { maxReceiveCount, retentionMs, filter, filteredTopic: this.#channel.topics[0] ?? '' };
  }

  async #leave(): Promise<void> {
    this.#fetcher.close();
    this.#committer.stop();
    await this.#committer.commit().catch(() => undefined);
    await this.#member.leave();
  }
}
