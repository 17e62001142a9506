import type { Lease } from '@looseleaf/cache';

/** What the record of an entry says; `scripts.ts` has its forms. */
export type Entry =
  | { readonly kind: 'value'; readonly value: string; readonly lease: Lease; readonly expiresAtMs: number }
  | { readonly kind: 'lease'; readonly lease: Lease }
  | { readonly kind: 'announced' };

export function parseEntry(record: string): Entry {
  switch (record.charAt(0)) {
    case '+': {
      const leaseEnd = record.indexOf(' ');
      const expiryEnd = record.indexOf(' ', leaseEnd + 1);
      const versionEnd = record.indexOf(' ', expiryEnd + 1);
      return {
        kind: 'value',
        value: record.slice(versionEnd + 1),
        lease: record.slice(1, leaseEnd),
        expiresAtMs: Number(record.slice(leaseEnd + 1, expiryEnd)),
      };
    }
    case '-':
      return { kind: 'lease', lease: record.slice(1) };
    default:
      return { kind: 'announced' };
  }
}
