import { setTimeout as sleep } from 'node:timers/promises';
import type { CompletedUpload, ConsumeUploadsOptions, UploadConsumer, UploadHandler } from '../uploads.js';

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 5_000;
/** Between two sweeps. */
const SWEEP_MS = 10 * 60 * 1000;

/** Where uploads are that are complete and still to be told. */
export interface UploadInbox<Name> {
  /** In the order of their completion. @throws ObjectStoreError `OBJECT.UNAVAILABLE` */
  list(): Promise<readonly Name[]>;
  /**
   * Makes the upload's object ready to be read.
   * @returns `undefined` when there is nothing to tell
   * @throws ObjectStoreError `OBJECT.UNAVAILABLE`
   */
  settle(name: Name): Promise<CompletedUpload | undefined>;
  /** It has been told. @throws ObjectStoreError `OBJECT.UNAVAILABLE` */
  remove(name: Name): Promise<void>;
  /** Takes away what processes left that died. @throws ObjectStoreError `OBJECT.UNAVAILABLE` */
  sweep(): Promise<void>;
}

/** Lets one process at a time have its turn. */
export interface Turn {
  /** Whether this process has the turn; takes it when nobody has. @throws ObjectStoreError `OBJECT.UNAVAILABLE` */
  isMine(): Promise<boolean>;
  /** Ends the turn, so that another process need not wait. Never rejects. */
  end(): Promise<void>;
}

/** What a teller works with. */
export interface TellerParts<Name> {
  readonly inbox: UploadInbox<Name>;
  readonly turn: Turn;
  /** Between two looks: uploads that nobody woke it for are noticed after this time at the latest. */
  readonly pollMs: number;
}

/** Tells of uploads in their order, until it is stopped; see {@link Uploads}. Now and then it sweeps, too. */
export class UploadTeller<Name> implements UploadConsumer {
  private readonly stopping = new AbortController();
  private readonly ended: Promise<void>;
  private failures = 0;
  private alarm = new AbortController();
  private sweptAtMs = -Infinity;

  constructor(
    private readonly parts: TellerParts<Name>,
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
        await pause(this.parts.pollMs, this.stopping.signal, this.alarm.signal);
      } catch (error) {
        this.options.onError(error);
        await pause(this.nextPauseMs(), this.stopping.signal);
      }
    }
    await this.parts.turn.end();
  }

  private async tellAll(): Promise<void> {
    const { inbox, turn } = this.parts;
    const names = await inbox.list();
    await this.sweep();
    for (const name of names) {
      if (this.stopping.signal.aborted || !(await turn.isMine())) return;
      const upload = await inbox.settle(name);
      if (!upload) continue;
      await this.handler(upload);
      await inbox.remove(name);
      this.failures = 0;
    }
  }

  private async sweep(): Promise<void> {
    if (performance.now() - this.sweptAtMs < SWEEP_MS) return;
    this.sweptAtMs = performance.now();
    await this.parts.inbox.sweep();
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
