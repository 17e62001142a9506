import { LoadError } from '../load.error.js';
import { SPIKE_FACTOR, SPIKE_SHARE, type Scenario } from './scenario.js';

/** More is for several machines with k6, and more than the account of one run should hold in memory. */
export const MAX_RATE_PER_SECOND = 5_000;
export const MAX_DURATION_SECONDS = 24 * 3_600;
export const MAX_ARRIVALS = 2_000_000;

export interface Amount {
  /** Arrivals a second; in a spike, around it. */
  readonly ratePerSecond: number;
  readonly durationSeconds: number;
  /** Over the whole time. */
  readonly arrivals: number;
}

/**
 * How much load it is to be; load is always bounded.
 * @throws LoadError `LOAD.TOO_MUCH`
 */
export function amountOf(scenario: Scenario, wished: { ratePerSecond?: number; durationSeconds?: number }): Amount {
  const { ratePerSecond = scenario.ratePerSecond, durationSeconds = scenario.durationSeconds } = wished;
  const peak = ratePerSecond * (scenario.hasSpike ? SPIKE_FACTOR : 1);
  const average = ratePerSecond * (scenario.hasSpike ? 1 - SPIKE_SHARE + SPIKE_SHARE * SPIKE_FACTOR : 1);
  const arrivals = Math.ceil(average * durationSeconds);
  refuseAbove('arrivals a second', peak, MAX_RATE_PER_SECOND);
  refuseAbove('seconds', durationSeconds, MAX_DURATION_SECONDS);
  refuseAbove('arrivals', arrivals, MAX_ARRIVALS);
  return { ratePerSecond, durationSeconds, arrivals };
}

function refuseAbove(what: string, value: number, limit: number): void {
  if (value <= limit) return;
  const [asked, most] = [value, limit].map((each) => each.toLocaleString('en'));
  throw new LoadError('LOAD.TOO_MUCH', `${asked} ${what} are more than the ${most} of one run: ask for less`);
}
