import { errorText, type Delivery } from '@looseleaf/messaging';
import type { Entry } from './partition-window.js';

/** What a consumer has taken, and what is wrong with the part that is not to be delivered. */
export interface HeldBatch {
  readonly entries: readonly Entry[];
  /** Of the entries, in their order. */
  readonly deliveries: readonly Delivery[];
  readonly spoiled: readonly Spoiled[];
}

/** To be dead-lettered without a delivery. */
export interface Spoiled {
  readonly entry: Entry;
  readonly error: string;
}

/** Enough to find the cause; the rest of a long text (a statement, a stack) helps nobody. */
const MAX_ERROR_LENGTH = 2000;

/** `CODE: message` where there is a code. */
export function describeError(error: unknown): string {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  const text = typeof code === 'string' ? `${code}: ${errorText(error)}` : errorText(error);
  return text.slice(0, MAX_ERROR_LENGTH);
}
