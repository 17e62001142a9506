import { open, readdir, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf, unless } from './unavailable.js';

/** After so long without a sign of life, another process takes over. */
const LEASE_MS = 5_000;
const RENEW_MS = LEASE_MS / 5;

/**
 * Lets one process at a time have its turn, with nothing but a folder that they share.
 *
 * Who has the turn holds the file with the highest number, and shows that it lives by touching it. To take over is to make
 * the file with the next number, which only one can do. A file that stays untouched for {@link LEASE_MS}, by the clock of
 * whoever looks (so that no two clocks are compared), belongs to a process that died or stands still. When one that stood
 * still goes on, it finds a higher number. Until it looks, two may have the turn: what is done in a turn must bear that.
 */
export class Turn {
  private mine: number | undefined;
  private renewal: NodeJS.Timeout | undefined;
  private seen: { readonly number: number; readonly mtimeMs: number; readonly atMs: number } | undefined;

  constructor(private readonly folder: string) {}

  /** Whether this process has the turn; takes it when nobody has. @throws an error of the file system */
  async isMine(): Promise<boolean> {
    const highest = await this.highest();
    if (this.mine !== undefined && this.mine === highest) return true;
    this.lose();
    if (highest !== undefined && !(await this.isAbandoned(highest))) return false;
    return this.take((highest ?? 0) + 1);
  }

  /** Ends the turn, so that another process need not wait. */
  async end(): Promise<void> {
    const { mine } = this;
    this.lose();
    // What cannot be removed counts as abandoned soon.
    if (mine !== undefined) await this.remove(mine).catch(() => undefined);
  }

  private async take(number: number): Promise<boolean> {
    try {
      await (await open(this.pathOf(number), 'wx', 0o600)).close();
    } catch (error) {
      if (errnoOf(error) === 'EEXIST') return false;
      throw error;
    }
    const numbers = await this.numbers();
    if (Math.max(...numbers) > number) {
      await this.remove(number);
      return false;
    }
    await Promise.all(numbers.filter((lower) => lower < number).map((lower) => this.remove(lower)));
    this.mine = number;
    this.renewal = setInterval(() => void this.renew(number), RENEW_MS).unref();
    return true;
  }

  /** When it fails, others find the file untouched, which is what it is. */
  private async renew(number: number): Promise<void> {
    const now = new Date();
    await utimes(this.pathOf(number), now, now).catch(() => undefined);
  }

  private lose(): void {
    this.mine = undefined;
    clearInterval(this.renewal);
  }

  private async isAbandoned(number: number): Promise<boolean> {
    const { mtimeMs } = (await unless(['ENOENT'], stat(this.pathOf(number)))) ?? {};
    if (mtimeMs === undefined) return false;
    if (this.seen?.number !== number || this.seen.mtimeMs !== mtimeMs) {
      this.seen = { number, mtimeMs, atMs: performance.now() };
    }
    return performance.now() - this.seen.atMs > LEASE_MS;
  }

  private async highest(): Promise<number | undefined> {
    const numbers = await this.numbers();
    return numbers.length === 0 ? undefined : Math.max(...numbers);
  }

  private async numbers(): Promise<number[]> {
    return (await readdir(this.folder)).map(Number).filter(Number.isSafeInteger);
  }

  private async remove(number: number): Promise<void> {
    await rm(this.pathOf(number), { force: true });
  }

  private pathOf(number: number): string {
    return join(this.folder, String(number));
  }
}
