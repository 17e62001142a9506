import { randomUUID } from 'node:crypto';
import { isObjectStoreError } from '../object-store.js';
import type { Turn } from '../telling/upload-teller.js';
import type { Note, NoteCondition, S3Bucket } from './s3-bucket.js';

/** After so long without a sign of life, another process takes over. */
const LEASE_MS = 10_000;
const RENEW_MS = LEASE_MS / 5;
const KEY = '.teller';
const NOBODY = '';

/**
 * Lets one process at a time have its turn, with nothing but a note in the bucket and conditional writes.
 *
 * The note names who has the turn, who shows that it lives by writing it anew. To take over is to replace the note that was
 * read, which only one can do. A note that stays the same for {@link LEASE_MS}, by the clock of whoever looks (so that no two
 * clocks are compared), belongs to a process that died or stands still. Whoever could not renew its turn for as long does not
 * have it any more, so two have it only while one stands still between its look and what it does: that must bear it.
 */
export class S3Turn implements Turn {
  private readonly id = randomUUID();
  private beats = 0;
  private mine: { readonly note: Note; readonly atMs: number } | undefined;
  private renewal: NodeJS.Timeout | undefined;
  private renewing: Promise<void> = Promise.resolve();
  private isRenewing = false;
  private seen: { readonly etag: string; readonly atMs: number } | undefined;

  constructor(private readonly bucket: S3Bucket) {}

  async isMine(): Promise<boolean> {
    if (this.mine && performance.now() - this.mine.atMs < LEASE_MS) return true;
    await this.lose();
    const current = await this.read();
    if (current && !this.isFree(current)) return false;
    if (!(await this.write(this.id, current))) return false;
    this.renewal = setInterval(() => {
      if (!this.isRenewing) this.renewing = this.renew();
    }, RENEW_MS).unref();
    return true;
  }

  async end(): Promise<void> {
    clearInterval(this.renewal);
    await this.renewing;
    // A note that cannot be written counts as abandoned soon.
    if (this.mine) await this.write(NOBODY, this.mine.note).catch(() => undefined);
    this.mine = undefined;
  }

  /** Takes away notes that were replaced by a process which died then. @throws ObjectStoreError `OBJECT.UNAVAILABLE` */
  async sweep(): Promise<void> {
    for await (const { Key, VersionId, IsLatest } of this.bucket.listVersions(KEY)) {
      if (Key === KEY && IsLatest === false) await this.bucket.removeVersion(KEY, VersionId!);
    }
  }

  private async renew(): Promise<void> {
    if (!this.mine) return;
    this.isRenewing = true;
    // Without an answer, the turn ends with its time.
    const isStillMine = await this.write(this.id, this.mine.note).catch(() => true);
    if (!isStillMine) this.mine = undefined;
    this.isRenewing = false;
  }

  /** @returns whether nobody was faster @throws ObjectStoreError `OBJECT.UNAVAILABLE` */
  private async write(holder: string, current: Note | undefined): Promise<boolean> {
    const atMs = performance.now();
    const condition: NoteCondition = current ? { IfMatch: current.etag } : { IfNoneMatch: '*' };
    this.beats += 1;
    try {
      const note = await this.bucket.putNote(KEY, `${this.beats} ${holder}`, condition);
      this.mine = { note, atMs };
    } catch (error) {
      if (isObjectStoreError(error, 'OBJECT.EXISTS') || isObjectStoreError(error, 'OBJECT.NOT_FOUND')) return false;
      throw error;
    }
    // What stays is swept later.
    if (current) await this.bucket.removeVersion(KEY, current.versionId).catch(() => undefined);
    return true;
  }

  private async read(): Promise<(Note & { readonly holder: string }) | undefined> {
    const found = await this.bucket.getNote(KEY);
    return found && { ...found.note, holder: found.body.split(' ')[1] ?? NOBODY };
  }

  private isFree({ holder, etag }: Note & { readonly holder: string }): boolean {
    if (holder === NOBODY || holder === this.id) return true;
    if (this.seen?.etag !== etag) this.seen = { etag, atMs: performance.now() };
    return performance.now() - this.seen.atMs > LEASE_MS;
  }

  private async lose(): Promise<void> {
    clearInterval(this.renewal);
    await this.renewing;
    this.mine = undefined;
  }
}
