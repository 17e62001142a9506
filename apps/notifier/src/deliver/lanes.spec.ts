import { Lanes } from './lanes.js';

describe('The lanes', () => {
  it('have their turn one after the other, when there are more of them than one claim takes', () => {
    const lanes = new Lanes(1_000);
    for (const id of ['a', 'b', 'c']) lanes.of(id).lookBy(0);
    const turns = Array.from({ length: 3 }, () => lanes.takeWanting(0, 2).map(({ id }) => id));
    expect(turns).toEqual([
      ['a', 'b'],
      ['c', 'a'],
      ['b', 'c'],
    ]);
  });

  it('say when the first of them wants something, and a pause puts that off', () => {
    const lanes = new Lanes(1_000);
    expect(lanes.nextLookMs()).toBe(Infinity);
    lanes.of('a').lookBy(500);
    lanes.of('a').lookBy(700);
    expect(lanes.nextLookMs()).toBe(500);
    expect(lanes.takeWanting(499, 9)).toEqual([]);
    lanes.of('a').pause(600);
    lanes.of('b').lookBy(650);
    expect(lanes.nextLookMs()).toBe(600);
    lanes.of('a').looking();
    expect(lanes.nextLookMs()).toBe(650);
  });

  it('are forgotten when they have nothing to do', () => {
    const lanes = new Lanes(1_000);
    lanes.of('idle');
    lanes.of('due').lookBy(1);
    lanes.of('busy').hold({ eventId: 'event' } as never, 0);
    lanes.prune();
    expect(lanes.all().map(({ id }) => id)).toEqual(['due', 'busy']);
  });
});
