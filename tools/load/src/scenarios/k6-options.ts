import type { Amount } from './amount.js';
import { SPIKE_FACTOR, SPIKE_SHARE, type Scenario } from './scenario.js';

/** k6 takes whole numbers, so that slow rates are counted over a minute. */
const TIME_UNIT_SECONDS = 60;
/** What arrived may finish: a customer waits 10 s for a confirmation. */
const GRACEFUL_STOP = '30s';
/** Of k6: some 2 MB each. */
const MOST_VIRTUAL_USERS = 1_000;
/** Of the arrivals; fewer came because k6 had no virtual user free. */
const MAX_DROPPED_SHARE = 0.01;

export interface Limits {
  readonly p95Ms: number;
  /** Of all requests, 0 to 1. */
  readonly maxFailedShare: number;
}

/** Scenario and thresholds in k6's terms. An open model: arrivals do not wait for a slow shop. */
export function k6Options(scenario: Scenario, amount: Amount, limits: Limits): object {
  const base = Math.max(1, Math.round(amount.ratePerSecond * TIME_UNIT_SECONDS));
  const peakPerSecond = amount.ratePerSecond * (scenario.hasSpike ? SPIKE_FACTOR : 1);
  const users = Math.min(MOST_VIRTUAL_USERS, Math.max(2, Math.ceil(peakPerSecond * scenario.staySeconds)));
  return {
    scenarios: {
      load: {
        exec: scenario.run,
        ...(scenario.hasSpike ? spike(base, amount) : steady(base, amount)),
        timeUnit: `${TIME_UNIT_SECONDS}s`,
        preAllocatedVUs: users,
        // A slow shop holds its customers longer.
        maxVUs: Math.max(users, Math.min(MOST_VIRTUAL_USERS, users * 10)),
        gracefulStop: GRACEFUL_STOP,
      },
    },
    thresholds: {
      http_req_failed: [`rate<=${limits.maxFailedShare}`],
      dropped_iterations: [`count<=${Math.ceil(amount.arrivals * MAX_DROPPED_SHARE)}`],
      ...Object.fromEntries(
        scenario.held.map((name) => [`http_req_duration{name:${name}}`, [`p(95)<${limits.p95Ms}`]]),
      ),
    },
    summaryTrendStats: ['med', 'p(95)', 'p(99)', 'max'],
    userAgent: 'looseleaf-load',
    // Load goes where it was sent and nowhere else.
    maxRedirects: 0,
  };
}

function steady(rate: number, { durationSeconds }: Amount): object {
  return { executor: 'constant-arrival-rate', rate, duration: `${durationSeconds}s` };
}

/** The rate changes at once: a stage of no length. */
function spike(rate: number, { durationSeconds }: Amount): object {
  const peakSeconds = durationSeconds * SPIKE_SHARE;
  const aroundSeconds = (durationSeconds - peakSeconds) / 2;
  const hold = (target: number, seconds: number): object[] => [
    { target, duration: '0s' },
    { target, duration: `${seconds}s` },
  ];
  return {
    executor: 'ramping-arrival-rate',
    startRate: rate,
    stages: [...hold(rate, aroundSeconds), ...hold(rate * SPIKE_FACTOR, peakSeconds), ...hold(rate, aroundSeconds)],
  };
}
