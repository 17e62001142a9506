import type { Lease } from '@looseleaf/cache';

/**
 * What the records of a cache are called. All records of a key have the same hash tag, so that a cluster keeps them together;
 * the tag begins with `=`, as an empty one would not be one.
 *
 * The names contain the run of the server, so each start of a server, and each replica that takes over, begins with an empty
 * cache. What such a server would bring back may be from before an invalidation that it never saw.
 */
export class Keys {
  /** Of all records. */
  readonly all: string;
  /** Of entries. */
  readonly entries: string;

  constructor(name: string) {
    this.all = `${name}:`;
    this.entries = `${name}:entry:`;
  }

  /** Of the value, or of what is there instead. */
  entry(run: string, key: string): string {
    return `${this.entries}${run}:{=${key}}`;
  }

  /** The entry, and what has to be remembered of changes. */
  records(run: string, key: string): [entry: string, changes: string] {
    return [this.entry(run, key), `${this.all}changes:${run}:{=${key}}`];
  }

  /** Of the claim to load under that lease. */
  claim(run: string, key: string, lease: Lease): string {
    return `${this.all}claim:${run}:{=${key}}${lease}`;
  }

  /** The key that a record is about. */
  keyOf(record: string): string {
    return record.slice(record.indexOf('{') + 2, record.lastIndexOf('}'));
  }
}
