import { setTimeout as sleep } from 'node:timers/promises';
import type { ConsumeUploadsOptions, UploadConsumer, UploadHandler } from '../uploads.js';
import type { Drafts } from './drafts.js';
import type { FileLayout } from './file-layout.js';
import type { Turn } from './turn.js';
import { translate } from './unavailable.js';
import type { Uploaded } from './uploaded.js';

/** Uploads that other processes received are noticed after this time at the latest. */
const POLL_MS = 500;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 5_000;
/** Between two looks for drafts that nobody finishes. */
const SWEEP_MS = 10 * 60 * 1000;

/** What a teller works with. */
export interface TellerParts {
  readonly layout: FileLayout;
  readonly drafts: Drafts;
  readonly uploaded: Uploaded;
  readonly turn: Turn;
}

/** Tells of uploads in their order, until it is stopped; see {@link Uploads}. Now and then it sweeps, too. */
export class UploadTeller implements UploadConsumer {
  private readonly stopping = new AbortController();
  private readonly ended: Promise<void>;
  private failures = 0;
  private alarm = new AbortController();
  private sweptAtMs = -Infinity;

  constructor(
    private readonly parts: TellerParts,
    private readonly handler: UploadHandler,
    private readonly options: ConsumeUploadsOptions,
  ) {
    this.ended = this.run();
  }

  /** There is something to tell. */
  wake(): void {
    this.alarm.abort();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.ended;
  }

  private async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      this.alarm = new AbortController();
      try {
        await this.tellAll();
        this.failures = 0;
        await pause(POLL_MS, this.stopping.signal, this.alarm.signal);
      } catch (error) {
        this.options.onError(error);
        await pause(this.nextPauseMs(), this.stopping.signal);
      }
    }
    await this.parts.turn.end();
  }

  private async tellAll(): Promise<void> {
    const { layout, uploaded, turn } = this.parts;
    await layout.ensure();
    await this.sweep();
    for (const name of await uploaded.list()) {
      if (this.stopping.signal.aborted || !(await translate(() => turn.isMine()))) return;
      const upload = await uploaded.settle(name);
      if (!upload) continue;
      await this.handler(upload);
      await uploaded.remove(name);
      this.failures = 0;
    }
  }

  private async sweep(): Promise<void> {
    if (performance.now() - this.sweptAtMs < SWEEP_MS) return;
    this.sweptAtMs = performance.now();
    await this.parts.drafts.sweep();
  }

  private nextPauseMs(): number {
    const pauseMs = FIRST_PAUSE_MS * 2 ** this.failures;
    this.failures += 1;
    return Math.min(pauseMs, LONGEST_PAUSE_MS);
  }
}

/** Waits, unless a signal comes. */
async function pause(ms: number, ...signals: AbortSignal[]): Promise<void> {
  const signal = AbortSignal.any(signals);
  await sleep(ms, undefined, { signal }).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}
