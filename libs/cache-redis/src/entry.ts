import type { Lease } from '@looseleaf/cache';

/** What the record of an entry says; `scripts.ts` has its form. */
export interface Entry {
  readonly value: string;
  readonly lease: Lease;
  readonly expiresAtMs: number;
}

export function parseEntry(record: string): Entry {
  const leaseEnd = record.indexOf(' ');
  const expiryEnd = record.indexOf(' ', leaseEnd + 1);
  const versionEnd = record.indexOf(' ', expiryEnd + 1);
  return {
    value: record.slice(versionEnd + 1),
    lease: record.slice(0, leaseEnd),
    expiresAtMs: Number(record.slice(leaseEnd + 1, expiryEnd)),
  };
}
