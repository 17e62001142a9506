import { settlementOf } from './retry-policy.js';

const policy = { maxAttempts: 4, baseMs: 100, maxMs: 300 };
const failed = { kind: 'failed', error: 'why' } as const;

describe('After an attempt, a delivery', () => {
  it('that arrived is done', () => {
    expect(settlementOf({ kind: 'delivered' }, { attempts: 0 }, policy)).toEqual({ kind: 'delivered' });
  });

  it.each([
    [0, 0, 50],
    [0, 0.999_99, 100],
    [1, 0, 100],
    [2, 0, 150],
    [2, 0.999_99, 300],
  ])('that failed after %i others waits between half and all of a step that doubles', (attempts, random, delayMs) => {
    expect(settlementOf(failed, { attempts }, policy, random)).toEqual({ kind: 'retried', error: 'why', delayMs });
  });

  it('waits for as long as its subscriber asks, within bounds', () => {
    const wanted = (retryAfterMs: number): unknown =>
      settlementOf({ ...failed, retryAfterMs }, { attempts: 0 }, policy, 0);
    expect(wanted(10)).toMatchObject({ delayMs: 50 });
    expect(wanted(200)).toMatchObject({ delayMs: 200 });
    expect(wanted(999_999)).toMatchObject({ delayMs: 300 });
  });

  it('is dead-lettered when it was the last one, or when another is no use', () => {
    const dead = { kind: 'dead-lettered', error: 'why' };
    expect(settlementOf(failed, { attempts: 2 }, policy)).toMatchObject({ kind: 'retried' });
    expect(settlementOf(failed, { attempts: 3 }, policy)).toEqual(dead);
    expect(settlementOf({ ...failed, permanent: true }, { attempts: 0 }, policy)).toEqual(dead);
  });

  it('that nobody is to blame for goes back, however often that was so', () => {
    const released = { kind: 'released', error: 'away', delayMs: 7 } as const;
    expect(settlementOf(released, { attempts: 3 }, policy)).toEqual({ kind: 'released', delayMs: 7 });
  });
});
