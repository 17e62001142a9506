import { backOffMs, type BrokerLogger } from '@looseleaf/messaging/adapter';
import type { Cluster } from 'kafkajs';
import { setTimeout as sleep } from 'node:timers/promises';
import { groupBy } from '../group-by.js';
import type { KafkaConnection } from '../kafka-connection.js';
import { errorType } from '../kafka-errors.js';
import { offsetsOf } from '../kafka-offsets.js';
import { CHANGE_HEADER } from '../provisioning/declarations.js';
import { DELAY_HEADER } from '../sending/encode.js';
import { ask } from '../wire.js';
import { fetchRequest, type FetchedPartition, type FetchLimits } from '../fetching/fetch-request.js';
import type { RawRecord } from '../fetching/record-batches.js';
import type { FetchedRecord, PartitionWindow } from './partition-window.js';
import type { Windows } from './windows.js';

export interface FetcherParts {
  readonly connection: KafkaConnection;
  /** Of all the windows. */
  readonly topics: readonly string[];
  readonly windows: Windows;
  readonly logger: BrokerLogger;
  /** Between an answer with records and the next request. */
  readonly lingerMs: number;
  /** There are new records. */
  onRecords(): void;
  /** Before anything after the change is delivered. */
  onDeclarationChanged(): Promise<void>;
}

/** An empty partition is asked once in this time; a record that comes meanwhile is answered with at once. */
const MAX_WAIT_MS = 250;
const LIMITS: FetchLimits = {
  maxWaitMs: MAX_WAIT_MS,
  maxBytes: 4 * 1024 * 1024,
  maxBytesPerPartition: 1024 * 1024,
};
/** A partition that holds this much is left alone until some of it is done. */
const MAX_HELD_RECORDS = 10_000;
const MAX_HELD_BYTES = 2 * 1024 * 1024;

/** Keeps the windows filled: one request at a time to each node that leads some of their partitions. */
export class Fetcher {
  /** Nodes that have yet to answer. */
  readonly #asking = new Set<string>();
  #isStarting = false;
  #isPollDue = false;
  #closed = false;
  #failures = 0;
  #turn = 0;

  constructor(private readonly parts: FetcherParts) {}

  /** Asks the nodes that are not being asked; call it when a window has room or is new. */
  poll(): void {
    this.#isPollDue = true;
    if (this.#isStarting) return;
    this.#isStarting = true;
    void this.#start();
  }

  close(): void {
    this.#closed = true;
  }

  async #start(): Promise<void> {
    while (this.#isPollDue && !this.#closed) {
      this.#isPollDue = false;
      try {
        await this.parts.connection.use(async (cluster) => {
          await cluster.addMultipleTargetTopics([...this.parts.topics]);
          await cluster.refreshMetadataIfNecessary();
          for (const [node, windows] of byLeader(cluster, this.#hungry())) {
            if (!this.#asking.has(node)) void this.#ask(node, windows);
          }
        });
      } catch (error) {
        await this.#recover(error);
        this.#isPollDue = true;
      }
    }
    this.#isStarting = false;
  }

  #hungry(): PartitionWindow[] {
    return this.parts.windows.all.filter(({ size, bytes }) => size < MAX_HELD_RECORDS && bytes < MAX_HELD_BYTES);
  }

  async #ask(nodeId: string, windows: readonly PartitionWindow[]): Promise<void> {
    this.#asking.add(nodeId);
    try {
      const fetched = await this.parts.connection.use(async (cluster) => this.#fetch(cluster, nodeId, windows));
      this.#failures = 0;
      for (const { topic, partition, records } of fetched) {
        const asked = windows.find((each) => each.topic === topic && each.partition === partition);
        if (asked) await this.#deliver(asked, records);
      }
      // Not after each partition, so that batches are of all.
      this.parts.onRecords();
      // There are more where these came from: the next answer holds more of them.
      if (fetched.some(({ records }) => records.length > 0)) await sleep(this.parts.lingerMs);
    } catch (error) {
      await this.#recover(error);
    }
    this.#asking.delete(nodeId);
    this.poll();
  }

  async #fetch(
    cluster: Cluster,
    nodeId: string,
    windows: readonly PartitionWindow[],
  ): Promise<readonly FetchedPartition[]> {
    // Another one first each time, as the node stops where the answer is full.
    this.#turn = (this.#turn + 1) % windows.length;
    const inTurn = [...windows.slice(this.#turn), ...windows.slice(0, this.#turn)];
    return ask(await cluster.findBroker({ nodeId }), fetchRequest(inTurn, LIMITS));
  }

  /** Fills the window. */
  async #deliver(window: PartitionWindow, fetched: readonly RawRecord[]): Promise<void> {
    const records: FetchedRecord[] = [];
    let after = window.nextOffset;
    let isChanged = false;
    for (const { offset, timestampMs, key, value, headers, isControl } of fetched) {
      // A batch is answered with from its beginning, wherever in it the wanted offset is.
      if (offset < window.nextOffset) continue;
      after = offset + 1;
      if (headers[CHANGE_HEADER]) isChanged = true;
      if (headers[CHANGE_HEADER] || isControl || !value) continue;
      records.push({
        offset,
        timestampMs,
        key: key?.toString(),
        value,
        delayMs: Number(headers[DELAY_HEADER] ?? 0),
      });
    }
    if (after === window.nextOffset) return;
    if (isChanged) await this.parts.onDeclarationChanged();
    // It may have been taken away meanwhile, and even have come back.
    if (this.parts.windows.get(window.topic, window.partition) !== window) return;
    window.append(records, after);
  }

  async #recover(error: unknown): Promise<void> {
    if (this.#closed) return;
    if (errorType(error) === 'OFFSET_OUT_OF_RANGE') await this.#skipWhatIsGone().catch(() => undefined);
    this.#failures += 1;
    if (this.#failures === 1) this.parts.logger.warn({ err: error }, 'messages cannot be fetched; trying again');
    await sleep(backOffMs(this.#failures, 20, 500));
  }

  /** What was deleted before it was fetched was done, or somebody deleted it by hand: all there is comes after it. */
  async #skipWhatIsGone(): Promise<void> {
    const windows = this.parts.windows.all;
    const topics = [...new Set(windows.map(({ topic }) => topic))];
    const [starts, ends] = await this.parts.connection.use(async (cluster) =>
      Promise.all([offsetsOf(cluster, topics, 'earliest'), offsetsOf(cluster, topics, 'latest')]),
    );
    for (const window of windows) {
      const start = starts.get(window.topic)?.[window.partition] ?? 0;
      const end = ends.get(window.topic)?.[window.partition] ?? 0;
      if (window.nextOffset >= start && window.nextOffset <= end) continue;
      const { topic, partition, nextOffset } = window;
      this.parts.logger.error(
        { topic, partition, nextOffset, start, end },
        'an offset is gone; going on with the first one',
      );
      window.skipTo(start);
    }
  }
}

function byLeader(cluster: Cluster, windows: readonly PartitionWindow[]): Map<string, PartitionWindow[]> {
  const leaders = new Map<string, PartitionWindow[]>();
  for (const [topic, own] of groupBy(windows, (window) => window.topic)) {
    const partitions = own.map(({ partition }) => partition);
    for (const [leader, led] of Object.entries(cluster.findLeaderForPartitions(topic, partitions))) {
      leaders.set(leader, [...(leaders.get(leader) ?? []), ...own.filter(({ partition }) => led.includes(partition))]);
    }
  }
  return leaders;
}
