import { SingleFlight } from './single-flight.js';
import { deferred } from './testing/deferred.js';

/** A load that ends when it is told to. */
function aLoad() {
  const { promise, resolve } = deferred();
  let starts = 0;
  return {
    start: () => {
      starts += 1;
      return promise;
    },
    starts: () => starts,
    end: resolve,
  };
}

describe('Flights of one key', () => {
  it('are shared until they end', async () => {
    const flights = new SingleFlight<void>();
    const [first, second] = [aLoad(), aLoad()];
    const { result, collapsed } = flights.join('a', '1', first.start);
    expect(collapsed).toBe(false);
    expect(flights.join('a', '1', second.start)).toEqual({ result, collapsed: true });
    first.end();
    await result;
    expect(flights.join('a', '1', second.start).collapsed).toBe(false);
    expect([first.starts(), second.starts()]).toEqual([1, 1]);
  });

  it('go on beside those of an older lease, whichever end first', async () => {
    const flights = new SingleFlight<void>();
    const [old, fresh, never] = [aLoad(), aLoad(), aLoad()];
    const older = flights.join('a', '1', old.start);
    flights.join('a', '2', fresh.start);
    old.end();
    await older.result;
    expect(flights.join('a', '2', never.start).collapsed).toBe(true);
    expect(never.starts()).toBe(0);
  });
});
