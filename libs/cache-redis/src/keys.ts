import type { Records } from './scripts.js';

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

  /** Of the value. */
  entry(run: string, key: string): string {
    return `${this.entries}${run}:{=${key}}`;
  }

  /** Of the readers that may be loading it. */
  lease(run: string, key: string): string {
    return `${this.all}lease:${run}:{=${key}}`;
  }

  /** Of the reader that loads it. */
  claim(run: string, key: string): string {
    return `${this.all}claim:${run}:{=${key}}`;
  }

  /** All that the scripts take. */
  records(run: string, key: string): Records {
    const changes = `${this.all}changes:${run}:{=${key}}`;
    return [this.entry(run, key), this.lease(run, key), this.claim(run, key), changes];
  }

  /** The key that a record is about. */
  keyOf(record: string): string {
    return record.slice(record.indexOf('{') + 2, record.lastIndexOf('}'));
  }
}
