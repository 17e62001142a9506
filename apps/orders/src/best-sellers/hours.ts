import type { BestSellerWindow } from '@looseleaf/contracts';

export const HOUR_MS = 3_600_000;

const HOURS: Record<BestSellerWindow, number> = { '1h': 1, '24h': 24, '7d': 7 * 24 };
/** Beyond the longest window: for clocks that differ. */
const SPARE_HOURS = 12;

/** For how long what was sold in an hour is asked for, from the beginning of that hour. */
export const COUNTED_MS = (Math.max(...Object.values(HOURS)) + SPARE_HOURS) * HOUR_MS;
/** How long a ranking keeps an hour: until nobody tells of it any more. */
export const KEPT_MS = COUNTED_MS + HOUR_MS;

/** The beginning of the hour, in milliseconds since 1970. */
export function hourOf(timeMs: number): number {
  return timeMs - (timeMs % HOUR_MS);
}

/**
 * The hours that a window has a part in, the running one first: one more than it is long, so that nothing of it is left out.
 * What was sold just before the window began is counted, too.
 */
export function hoursOf(window: BestSellerWindow, nowMs: number): number[] {
  const running = hourOf(nowMs);
  return Array.from({ length: HOURS[window] + 1 }, (_, back) => running - back * HOUR_MS);
}
