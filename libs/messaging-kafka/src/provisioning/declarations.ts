import {
  compileFilter,
  MessagingConfigurationError,
  type Message,
  type SubscriptionFilter,
} from '@looseleaf/messaging';
import type { KafkaConnection } from '../kafka-connection.js';
import { errorType } from '../kafka-errors.js';
import { offsetsOf } from '../kafka-offsets.js';
import { learnTopics } from '../learn-topics.js';
import { readFrom } from '../fetching/read-from.js';

/** A compacted topic with one partition: the latest record of a queue's name is its declaration. */
export const DECLARATIONS_TOPIC = 'looseleaf.declarations';
/** The header of a record that is no message: the declaration of a subscription has changed, look again before going on. */
export const CHANGE_HEADER = 'declaration-changed';

/** What consumers and operators have to know about a queue, and cannot tell from Kafka. JSON. */
export interface Declaration {
  /** Of a subscription: `<topic>/<name>`. */
  readonly queue: string;
  readonly maxReceiveCount: number;
  readonly retentionMs: number;
  /** Of a subscription: its filters so far, the newest last. */
  readonly filters?: readonly FilterVersion[];
}

export interface FilterVersion {
  /** Per partition of the topic: the first offset to which it applies. */
  readonly since: readonly number[];
  /** Missing: everything. */
  readonly filter?: SubscriptionFilter;
}

/** What is declared, as far as it was read. */
export class Declarations {
  readonly #byQueue = new Map<string, Declaration>();
  #position: number | undefined;
  #refreshing: Promise<void> | undefined;

  constructor(private readonly connection: KafkaConnection) {}

  get all(): readonly Declaration[] {
    return [...this.#byQueue.values()];
  }

  get(queue: string): Declaration | undefined {
    return this.#byQueue.get(queue);
  }

  /**
   * Reads what was declared since the last time. A call that comes while another one reads waits for that, and then reads
   * itself: what was declared before the call is seen after it.
   */
  async refresh(): Promise<void> {
    const before = this.#refreshing;
    const own = (async () => {
      await before?.catch(() => undefined);
      await this.#read();
    })();
    this.#refreshing = own;
    await own;
  }

  /** @throws MessagingConfigurationError */
  async find(queue: string): Promise<Declaration> {
    if (!this.#byQueue.has(queue)) await this.refresh();
    const declaration = this.#byQueue.get(queue);
    if (!declaration) throw new MessagingConfigurationError(`queue ${queue} is not declared`);
    return declaration;
  }

  async #read(): Promise<void> {
    try {
      await this.connection.use(async (cluster) => {
        await learnTopics(cluster, [DECLARATIONS_TOPIC]);
        this.#position ??=
          (await offsetsOf(cluster, [DECLARATIONS_TOPIC], 'earliest')).get(DECLARATIONS_TOPIC)?.[0] ?? 0;
        for (let records; (records = await readFrom(cluster, DECLARATIONS_TOPIC, 0, this.#position)).length > 0;) {
          for (const { key, value } of records) {
            this.#byQueue.set(String(key), JSON.parse(value.toString()) as Declaration);
          }
          this.#position = (records.at(-1)?.offset ?? 0) + 1;
        }
      });
    } catch (error) {
      // Nothing was ever declared.
      if (errorType(error) === 'UNKNOWN_TOPIC_OR_PARTITION') return;
      if (errorType(error) === 'OFFSET_OUT_OF_RANGE') this.#position = undefined;
      throw error;
    }
  }
}

/** Whether a subscription wants the event at a place of its topic. */
export interface EventFilter {
  wants(partition: number, offset: number, event: Message): boolean;
  /** False when it wants no event of this name. */
  mayWant(partition: number, offset: number, name: string): boolean;
}

export function compileFilters(versions: readonly FilterVersion[]): EventFilter {
  const compiled = versions
    .map(({ since, filter }) => ({
      since,
      matches: compileFilter(filter),
      names: filter?.events && new Set(filter.events),
    }))
    .reverse();
  // A partition that was added later has only the newest.
  const at = (partition: number, offset: number) => compiled.find(({ since }) => offset >= (since[partition] ?? 0));
  return {
    wants: (partition, offset, event) => at(partition, offset)?.matches(event) ?? true,
    mayWant: (partition, offset, name) => at(partition, offset)?.names?.has(name) ?? true,
  };
}
