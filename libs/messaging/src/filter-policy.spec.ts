import { compileFilter, type FilterCondition } from './filter-policy.js';
import type { Message } from './message.js';

function event(name: string, body: unknown): Message {
  return { id: 'id', name, version: 1, body, occurredAt: '2026-01-01T00:00:00.000Z', headers: {} };
}

describe('A subscription filter', () => {
  it('lets every event through when it names nothing', () => {
    expect(compileFilter(undefined)(event('stock.changed', {}))).toBe(true);
  });

  it('chooses events by name', () => {
    const wants = compileFilter({ events: ['stock.depleted'] });
    expect(wants(event('stock.depleted', {}))).toBe(true);
    expect(wants(event('stock.changed', {}))).toBe(false);
  });

  it.each<[string, FilterCondition, unknown, boolean]>([
    ['an exact value', 'Berlin', 'Berlin', true],
    ['an exact value', 'Berlin', 'Bern', false],
    ['an exact null', null, null, true],
    ['a prefix', { prefix: 'Ber' }, 'Bern', true],
    ['a prefix', { prefix: 'Ber' }, 7, false],
    ['anything but one', { 'anything-but': 'Berlin' }, 'Bern', true],
    ['anything but several', { 'anything-but': ['Berlin', 'Bern'] }, 'Bern', false],
    ['anything but, of a missing field', { 'anything-but': 'Berlin' }, undefined, false],
    ['a range', { numeric: ['>=', 0, '<', 10] }, 0, true],
    ['a range', { numeric: ['>=', 0, '<', 10] }, 10, false],
    ['a range, of text', { numeric: ['<', 10] }, '5', false],
    ['existence', { exists: true }, 0, true],
    ['existence', { exists: true }, undefined, false],
    ['absence', { exists: false }, undefined, true],
    ['an element of a list', 'Berlin', ['Bern', 'Berlin'], true],
  ])('matches by %s: %j against %j is %s', (_kind, condition, value, expected) => {
    expect(compileFilter({ body: { store: [condition] } })(event('stock.changed', { store: value }))).toBe(expected);
  });

  it('needs one condition of each field', () => {
    const wants = compileFilter({ body: { store: ['Berlin', 'Bern'], count: [{ numeric: ['=', 0] }] } });
    expect(wants(event('stock.changed', { store: 'Bern', count: 0 }))).toBe(true);
    expect(wants(event('stock.changed', { store: 'Bern', count: 1 }))).toBe(false);
  });

  it('reads nested fields, and not those of the prototype', () => {
    expect(compileFilter({ body: { 'address.city': ['Bern'] } })(event('x', { address: { city: 'Bern' } }))).toBe(true);
    expect(compileFilter({ body: { 'address.constructor': [{ exists: true }] } })(event('x', { address: {} }))).toBe(
      false,
    );
  });

  it('names the field of a condition it does not know', () => {
    expect(() => compileFilter({ body: { count: [{ suffix: 'x' } as never] } })).toThrow(/count.*suffix/);
    for (const operator of ['~', 'constructor', '__proto__']) {
      expect(() => compileFilter({ body: { count: [{ numeric: [operator, 1] as never }] } })).toThrow(/count/);
    }
  });
});
