import type { BrokerLogger } from '@looseleaf/messaging/adapter';
import type { Commit, GroupMember } from './group-member.js';
import { isLost, isRebalance } from './group-errors.js';
import type { PartitionWindow } from './partition-window.js';
import type { Windows } from './windows.js';

/** A commit that only says what is done waits this long for others. */
const LAZY_MS = 20;

/** Writes down how far the consumer is. One request at a time; what comes meanwhile goes with the next one. */
export class Committer {
  #running: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly windows: Windows,
    private readonly member: GroupMember,
    private readonly logger: BrokerLogger,
  ) {}

  /** Resolves when everything that was so at the call is written down. @throws what the member throws */
  async commit(): Promise<void> {
    // One that runs may have been put together before this call.
    for (let running; (running = this.#running);) await running.catch(() => undefined);
    this.#running = this.#write().finally(() => (this.#running = undefined));
    await this.#running;
  }

  /** Soon. Should it fail, the next one says it. */
  commitSoon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.commit().catch((error: unknown) => {
        if (!isRebalance(error) && !isLost(error))
          this.logger.warn({ err: error }, 'a commit failed; the next one repeats it');
      });
    }, LAZY_MS);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  async #write(): Promise<void> {
    const changes: { window: PartitionWindow; commit: Commit }[] = [];
    for (const window of this.windows.all) {
      const progress = window.progress();
      if (progress) changes.push({ window, commit: { topic: window.topic, partition: window.partition, progress } });
    }
    if (changes.length === 0) return;
    await this.member.commit(changes.map(({ commit }) => commit));
    for (const { window, commit } of changes) window.committed(commit.progress);
  }
}
