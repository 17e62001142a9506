const REDRAW_MS = 100;
const LINE_EVERY_MS = 5_000;
const BAR_WIDTH = 24;

/** Where progress is shown; `process.stderr` fits. */
export interface ProgressOutput {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/**
 * One line that is redrawn on a terminal; elsewhere a line every few seconds, so that logs stay short. Shows how far the
 * work is, its rate and the time left.
 */
export class Progress {
  private readonly startedAt = performance.now();
  private shownAt = this.startedAt;
  private done = 0;

  /** @param total units of work; 0 when unknown */
  constructor(
    private readonly label: string,
    private total: number,
    private readonly output: ProgressOutput = process.stderr,
  ) {}

  /** @param done units of work done so far, out of the total */
  update(done: number): void {
    this.done = done;
    const now = performance.now();
    if (now - this.shownAt < (this.output.isTTY ? REDRAW_MS : LINE_EVERY_MS)) return;
    this.shownAt = now;
    this.show(describeProgress(this.label, done, this.total, now - this.startedAt));
  }

  /** Shows the last state, on a line of its own. */
  finish(done = this.done): void {
    const text = describeProgress(this.label, done, Math.max(this.total, done), performance.now() - this.startedAt);
    this.show(this.output.isTTY ? `${text}\n` : text);
  }

  private show(text: string): void {
    this.output.write(this.output.isTTY ? `\r\u001b[2K${text}` : `${text}\n`);
  }
}

/** The text of one line of progress. */
export function describeProgress(label: string, done: number, total: number, elapsedMs: number): string {
  const perSecond = elapsedMs > 0 ? (done / elapsedMs) * 1000 : 0;
  const rate = `${Math.round(perSecond).toLocaleString('en')}/s`;
  const count = `${done.toLocaleString('en')}/${total.toLocaleString('en')}`;
  const share = total > 0 ? Math.min(1, done / total) : 0;
  const filled = Math.round(share * BAR_WIDTH);
  const bar = `${'█'.repeat(filled)}${'·'.repeat(BAR_WIDTH - filled)}`;
  const seconds = done >= total ? elapsedMs / 1000 : (total - done) / perSecond;
  const time = Number.isFinite(seconds) ? ` ${done >= total ? 'took' : 'left'} ${seconds.toFixed(1)} s` : '';
  return `${label.padEnd(16)} ${bar} ${count} ${rate}${time}`;
}
