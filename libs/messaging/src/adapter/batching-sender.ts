import { PermanentError, UnavailableError } from '../errors.js';
import { setTimeout as sleep } from 'node:timers/promises';
import { backOffMs } from './back-off.js';

/** What is buffered by its size. */
export interface Sized {
  readonly bytes: number;
}

export interface BatchingSenderOptions<Item extends Sized> {
  /** Stores all items, or none. */
  readonly write: (items: Item[]) => Promise<void>;
  /** How long a caller waits at most. */
  readonly timeoutMs: number;
  readonly maxBufferedMessages: number;
}

interface Call<Item> {
  readonly items: readonly Item[];
  readonly bytes: number;
  settled: boolean;
  settle(error?: unknown): void;
}

const MAX_MESSAGES_PER_WRITE = 1000;
const MAX_BYTES_PER_WRITE = 4 * 1024 * 1024;
const MAX_BUFFERED_BYTES = 64 * 1024 * 1024;

/**
 * Puts concurrent calls into one write. An idle sender writes at once; what arrives during a write goes with the next
 * one, so batches grow with the load and nobody waits for a timer. One write at a time, in the order of the calls, which
 * is what keeps the order of a group whose messages were sent without waiting in between.
 *
 * A write that fails because the server is away is repeated, with the same ids, until its callers' time is over: a
 * message may then be stored twice, and consumers recognise the copy. A write that fails because of its content is split,
 * until the call to blame is alone; only that one fails.
 */
export class BatchingSender<Item extends Sized> {
  private readonly calls: Call<Item>[] = [];
  private bufferedMessages = 0;
  private bufferedBytes = 0;
  private running: Promise<void> | undefined;
  /** Why the current write had to be repeated. */
  private lastFailure: unknown;

  constructor(private readonly options: BatchingSenderOptions<Item>) {}

  /** Resolves when the items are stored. @throws UnavailableError */
  send(items: readonly Item[]): Promise<void> {
    if (items.length === 0) return Promise.resolve();
    const bytes = items.reduce((sum, item) => sum + item.bytes, 0);
    if (
      this.bufferedMessages > 0 &&
      (this.bufferedMessages + items.length > this.options.maxBufferedMessages ||
        this.bufferedBytes + bytes > MAX_BUFFERED_BYTES)
    ) {
      return Promise.reject(new UnavailableError('broker', { code: 'BROKER.SEND_BUFFER_FULL' }));
    }
    return new Promise((resolve, reject) => {
      this.enqueue(items, bytes, (error) => (error === undefined ? resolve() : reject(error as Error)));
    });
  }

  /** Resolves when nothing is buffered any more: all is sent, or its time is over. */
  async drain(): Promise<void> {
    await this.running;
  }

  private enqueue(items: readonly Item[], bytes: number, done: (error?: unknown) => void): void {
    const call: Call<Item> = {
      items,
      bytes,
      settled: false,
      settle: (error) => {
        if (call.settled) return;
        call.settled = true;
        clearTimeout(timer);
        this.bufferedMessages -= items.length;
        this.bufferedBytes -= bytes;
        done(error);
      },
    };
    const timer = setTimeout(
      () => call.settle(new UnavailableError('broker', { code: 'BROKER.SEND_TIMED_OUT', cause: this.lastFailure })),
      this.options.timeoutMs,
    );
    this.bufferedMessages += items.length;
    this.bufferedBytes += bytes;
    this.calls.push(call);
    this.running ??= this.run();
  }

  private async run(): Promise<void> {
    // Calls of the same turn of the event loop go together, even when nothing else is going on.
    await Promise.resolve();
    for (let attempt = 1; this.calls.length > 0;) {
      const batch = this.nextBatch();
      if (batch.length === 0) continue;
      if (await this.store(batch)) {
        attempt = 1;
        continue;
      }
      this.calls.unshift(...batch);
      await sleep(backOffMs(attempt++, 20, 500));
    }
    // Here and not when the promise settles: a call that comes in between would wait for ever.
    this.running = undefined;
  }

  private nextBatch(): Call<Item>[] {
    let messages = 0;
    let bytes = 0;
    let count = 0;
    for (const call of this.calls) {
      messages += call.settled ? 0 : call.items.length;
      bytes += call.settled ? 0 : call.bytes;
      if (count > 0 && (messages > MAX_MESSAGES_PER_WRITE || bytes > MAX_BYTES_PER_WRITE)) break;
      count += 1;
    }
    return this.calls.splice(0, count).filter((call) => !call.settled);
  }

  /** False when the server was away: the calls are still open. */
  private async store(calls: Call<Item>[]): Promise<boolean> {
    try {
      await this.options.write(calls.flatMap((call) => call.items));
      this.lastFailure = undefined;
      for (const call of calls) call.settle();
    } catch (error) {
      if (error instanceof UnavailableError) {
        this.lastFailure = error;
        return false;
      }
      if (calls.length === 1 || !(error instanceof PermanentError)) {
        for (const call of calls) call.settle(error);
      } else {
        const half = calls.length >> 1;
        // When the server goes away in between, the first half may be stored already: its settled calls are not repeated.
        return (await this.store(calls.slice(0, half))) && (await this.store(calls.slice(half)));
      }
    }
    return true;
  }
}
