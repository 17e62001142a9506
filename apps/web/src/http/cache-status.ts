import { cacheStatus, type Reading } from '@looseleaf/cache';
import type { UpstreamAnswer } from '../upstream/upstream-answer.js';

/** How the web tier calls itself in `Cache-Status` (RFC 9211). */
const NAME = 'looseleaf-web';

/** A reading that went past every cache of the web tier. */
export const BYPASS = {
  status: 'bypass',
  ttlMs: 0,
  stored: false,
  collapsed: false,
} as const satisfies Omit<Reading<unknown>, 'value'>;

/** What the owner of the data said of how it served an answer. */
export function ownerStatusOf({ headers }: Pick<UpstreamAnswer, 'headers'>): string | undefined {
  const status = headers['cache-status'];
  return status === undefined ? undefined : String(status);
}

/** The header: the owner's member, when it answered, then the web tier's own. */
export function servedStatus(reading: Omit<Reading<unknown>, 'value'>, ownerStatus?: string): string {
  const own = cacheStatus(NAME, reading);
  return ownerStatus ? `${ownerStatus}, ${own}` : own;
}

/** For an answer that was relayed and is not kept. */
export function relayedStatus(answer: Pick<UpstreamAnswer, 'headers'>): string {
  return servedStatus(BYPASS, ownerStatusOf(answer));
}
