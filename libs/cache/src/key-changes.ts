import { NO_LEASE, type Lease } from './cache.js';

/** An announced write that has not come yet. */
interface Announcement {
  readonly lease: Lease;
  readonly expiresAtMs: number;
  /** Another commit may have overtaken it, so that what it brings cannot be kept. */
  overtaken: boolean;
}

interface Change {
  /** Of now: replaced by every change, so leases from before it are no longer equal. */
  lease: Lease;
  version: number;
  announcements: Announcement[];
}

/**
 * What a cache has to know of keys that it does not keep: when they changed, at which version, and which writes are
 * announced. Bounded: it remembers between `generationSize` and twice as many keys, besides those with an open announcement.
 *
 * Two generations, of which the older one is dropped whole when the younger is full. Dropping it replaces the lease that
 * all forgotten keys share, which ends theirs: rarely, so that a storm of changes does not stop the cache from being filled.
 */
export class KeyChanges {
  #young = new Map<string, Change>();
  #old = new Map<string, Change>();
  #youngLimit: number;
  #count = 0;
  #leaseOfForgotten = this.#nextLease();

  constructor(
    private readonly generationSize: number,
    private readonly now: () => number,
  ) {
    this.#youngLimit = generationSize;
  }

  /** How many keys are remembered. */
  get size(): number {
    return this.#young.size + this.#old.size;
  }

  /** While a write is announced, one that no other reader gets: the commit may come between the two. */
  lease(key: string): Lease {
    const change = this.#find(key);
    if (change === undefined) return this.#leaseOfForgotten;
    return change.announcements.length > 0 ? this.#nextLease() : change.lease;
  }

  /** Whether what was loaded under that lease may be kept. */
  mayFill(key: string, lease: Lease): boolean {
    const change = this.#find(key);
    if (change === undefined) return lease === this.#leaseOfForgotten;
    return lease === change.lease && change.announcements.length === 0;
  }

  invalidate(key: string): void {
    const change = this.#change(key);
    // Whoever invalidates knows of a commit, and not whether it is older than theirs.
    for (const announcement of change.announcements) announcement.overtaken = true;
  }

  /** Opens announcements of one writer; see {@link Cache.announce}. */
  announce(keys: readonly string[], holdMs: number): Lease {
    const lease = this.#nextLease();
    const expiresAtMs = this.now() + holdMs;
    for (const key of keys) this.#change(key).announcements.push({ lease, expiresAtMs, overtaken: false });
    return lease;
  }

  /** Closes the announcement of that writer. The store may have changed meanwhile: leases end. */
  release(key: string, lease: Lease): void {
    this.#close(this.#change(key), lease);
  }

  /**
   * Takes note of a write.
   * @param keptVersion of the entry that is there
   * @returns what is to become of the entry: the new one is kept, the old one stays, or neither
   */
  write(key: string, version: number, keptVersion: number, lease?: Lease): 'keep' | 'leave' | 'forget' {
    const known = Math.max(this.#find(key)?.version ?? -Infinity, keptVersion);
    if (version < known) {
      const change = this.#find(key);
      if (change && lease !== undefined) this.#close(change, lease);
      return 'leave';
    }
    const change = this.#change(key);
    change.version = version;
    const own = lease === undefined || this.#close(change, lease)?.overtaken === false;
    return own && change.announcements.length === 0 ? 'keep' : 'forget';
  }

  /** Forgets everything but open announcements; all leases end. */
  clear(): void {
    const announced = this.#announced([...this.#old, ...this.#young]);
    for (const [, change] of announced) {
      change.version = -Infinity;
      change.lease = this.#nextLease();
      for (const announcement of change.announcements) announcement.overtaken = true;
    }
    this.#old = new Map();
    this.#startGeneration(announced);
  }

  #close(change: Change, lease: Lease): Announcement | undefined {
    const own = change.announcements.find((announcement) => announcement.lease === lease);
    if (own) change.announcements = change.announcements.filter((announcement) => announcement !== own);
    return own;
  }

  /** Ends the leases of a key. */
  #change(key: string): Change {
    const change = this.#find(key) ?? { lease: NO_LEASE, version: -Infinity, announcements: [] };
    change.lease = this.#nextLease();
    this.#old.delete(key);
    this.#young.set(key, change);
    if (this.#young.size >= this.#youngLimit) this.#dropOldGeneration();
    return change;
  }

  #find(key: string): Change | undefined {
    const change = this.#young.get(key) ?? this.#old.get(key);
    if (change && change.announcements.length > 0) this.#dropExpiredAnnouncements(change);
    return change;
  }

  /** Its writer may have committed and died: what was loaded while it was open, or is announced beside it, may be older. */
  #dropExpiredAnnouncements(change: Change): void {
    const open = change.announcements.filter(({ expiresAtMs }) => expiresAtMs > this.now());
    if (open.length === change.announcements.length) return;
    for (const announcement of open) announcement.overtaken = true;
    change.announcements = open;
    change.lease = this.#nextLease();
  }

  #dropOldGeneration(): void {
    const announced = this.#announced(this.#old);
    this.#old = this.#young;
    this.#startGeneration(announced);
  }

  #startGeneration(announced: [string, Change][]): void {
    this.#young = new Map(announced);
    this.#youngLimit = announced.length + this.generationSize;
    this.#leaseOfForgotten = this.#nextLease();
  }

  #announced(changes: Iterable<[string, Change]>): [string, Change][] {
    return [...changes].filter(([, change]) => {
      this.#dropExpiredAnnouncements(change);
      return change.announcements.length > 0;
    });
  }

  #nextLease(): Lease {
    return String(++this.#count);
  }
}
