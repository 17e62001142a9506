import type { BadRow } from './dirty-stock-file.js';

/** A line of `rejections.csv`. */
export interface Rejection {
  readonly line: number;
  readonly reason: string;
}

/** What the shop rejected otherwise than it should have, in words. */
export function compareRejections(expected: readonly BadRow[], rejected: readonly Rejection[]): string[] {
  const reasons = new Map<number, string>();
  const faults: string[] = [];
  for (const { line, reason } of rejected) {
    if (reasons.has(line)) faults.push(`line ${line} is rejected twice`);
    reasons.set(line, reason);
  }
  for (const { line, kind } of expected) {
    const reason = reasons.get(line);
    if (reason === undefined) faults.push(`line ${line} (${kind.name}) is not rejected`);
    else if (!kind.reason.test(reason)) faults.push(`line ${line} (${kind.name}) is rejected because "${reason}"`);
    reasons.delete(line);
  }
  for (const [line, reason] of reasons) faults.push(`line ${line} is good and rejected because "${reason}"`);
  return faults;
}
