import { open, readdir, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { Turn } from '../telling/upload-teller.js';
import { errnoOf, translate, unless } from './unavailable.js';

/** After so long without a sign of life, another process takes over. */
const LEASE_MS = 5_000;
const RENEW_MS = LEASE_MS / 5;
/** The time of a file whose turn has ended. */
const ENDED_MS = 0;

/**
 * Lets one process at a time have its turn, with nothing but a folder that they share.
 *
 * Who has the turn holds the file with the highest number, and shows that it lives by touching it. To take over is to make
 * the file with the next number, which only one can do. A file that stays untouched for {@link LEASE_MS}, by the clock of
 * whoever looks (so that no two clocks are compared), belongs to a process that died or stands still. When one that stood
 * still goes on, it finds a higher number: the file with the highest one is never removed, so no number comes twice. Until
 * it looks, two may have the turn: what is done in a turn must bear that.
 */
export class FileTurn implements Turn {
  private mine: number | undefined;
  private renewal: NodeJS.Timeout | undefined;
  private renewing: Promise<void> = Promise.resolve();
  private seen: { readonly number: number; readonly mtimeMs: number; readonly atMs: number } | undefined;

  constructor(private readonly folder: string) {}

  async isMine(): Promise<boolean> {
    return translate(() => this.look());
  }

  async end(): Promise<void> {
    const { mine } = this;
    this.lose();
    await this.renewing;
    // What cannot be touched counts as abandoned soon.
    if (mine !== undefined) await this.touch(mine, ENDED_MS).catch(() => undefined);
  }

  private async look(): Promise<boolean> {
    const highest = await this.highest();
    if (this.mine !== undefined && this.mine === highest) return true;
    this.lose();
    if (highest !== undefined && !(await this.isAbandoned(highest))) return false;
    return this.take((highest ?? 0) + 1);
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
    this.renewal = setInterval(() => {
      // When it fails, others find the file untouched, which is what it is.
      this.renewing = this.touch(number, Date.now()).catch(() => undefined);
    }, RENEW_MS).unref();
    return true;
  }

  private async touch(number: number, timeMs: number): Promise<void> {
    const time = new Date(timeMs);
    await utimes(this.pathOf(number), time, time);
  }

  private lose(): void {
    this.mine = undefined;
    clearInterval(this.renewal);
  }

  private async isAbandoned(number: number): Promise<boolean> {
    const { mtimeMs } = (await unless(['ENOENT'], stat(this.pathOf(number)))) ?? {};
    if (mtimeMs === undefined) return false;
    if (mtimeMs === ENDED_MS) return true;
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
