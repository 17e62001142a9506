import { amountOf, MAX_ARRIVALS } from './amount.js';
import { k6Options } from './k6-options.js';
import { SCENARIOS } from './scenario.js';

const LIMITS = { p95Ms: 300, maxFailedShare: 0 };

describe('The amount of load', () => {
  it('is what the scenario says, unless something else is wished', () => {
    expect(amountOf(SCENARIOS['accept-only'], {})).toEqual({ ratePerSecond: 50, durationSeconds: 60, arrivals: 3_000 });
    expect(amountOf(SCENARIOS.smoke, { ratePerSecond: 0.5, durationSeconds: 4 })).toMatchObject({ arrivals: 2 });
  });

  it('counts the middle half of a spike ten times', () => {
    expect(amountOf(SCENARIOS.spike, { ratePerSecond: 1, durationSeconds: 120 })).toMatchObject({
      arrivals: 60 + 10 * 60,
    });
  });

  it.each([
    ['rate', { ratePerSecond: 5_001 }, '5,001 arrivals a second are more than the 5,000'],
    ['time', { ratePerSecond: 1, durationSeconds: 86_401 }, '86,401 seconds are more than the 86,400'],
    ['number', { ratePerSecond: 1_000, durationSeconds: MAX_ARRIVALS / 1_000 + 1 }, '2,001,000 arrivals are more than'],
  ])('is bounded in its %s', (_what, wished, message) => {
    expect(() => amountOf(SCENARIOS['accept-only'], wished)).toThrow(
      expect.objectContaining({ code: 'LOAD.TOO_MUCH', message: expect.stringContaining(message) }),
    );
  });

  it('is bounded at the top of a spike', () => {
    expect(() => amountOf(SCENARIOS.spike, { ratePerSecond: 501 })).toThrow('5,010 arrivals a second');
  });
});

describe('What k6 is told', () => {
  const optionsOf = (name: keyof typeof SCENARIOS, ratePerSecond: number): object => {
    const scenario = SCENARIOS[name];
    return k6Options(scenario, amountOf(scenario, { ratePerSecond, durationSeconds: 40 }), LIMITS);
  };

  it('is a rate of arrivals, which does not wait for a slow shop', () => {
    expect(optionsOf('accept-only', 2.5)).toMatchObject({
      scenarios: { load: { executor: 'constant-arrival-rate', rate: 150, timeUnit: '60s', duration: '40s' } },
      thresholds: {
        http_req_failed: ['rate<=0'],
        dropped_iterations: ['count<=1'],
        'http_req_duration{name:place order}': ['p(95)<300'],
      },
    });
  });

  it('is ten times the rate for the middle half of a spike', () => {
    const stages = [
      { target: 60, duration: '0s' },
      { target: 60, duration: '10s' },
      { target: 600, duration: '0s' },
      { target: 600, duration: '20s' },
      { target: 60, duration: '0s' },
      { target: 60, duration: '10s' },
    ];
    expect(optionsOf('spike', 1)).toMatchObject({
      scenarios: { load: { executor: 'ramping-arrival-rate', startRate: 60, stages } },
    });
  });
});
