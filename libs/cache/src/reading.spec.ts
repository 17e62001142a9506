import { cacheStatus, type Reading } from './reading.js';

const aReading = (reading: Partial<Reading<string>>): Reading<string> => ({
  value: 'x',
  status: 'hit',
  ttlMs: 0,
  stored: false,
  collapsed: false,
  ...reading,
});

describe('Cache-Status', () => {
  it.each<[Partial<Reading<string>>, string]>([
    [{ status: 'hit', ttlMs: 1999 }, 'shop; hit; ttl=1'],
    [{ status: 'hit', ttlMs: 12 }, 'shop; hit; ttl=0'],
    [{ status: 'stale', ttlMs: -1 }, 'shop; hit; ttl=-1'],
    [{ status: 'stale', ttlMs: -3000 }, 'shop; hit; ttl=-3'],
    [{ status: 'miss', ttlMs: 5000, stored: true }, 'shop; fwd=miss; stored'],
    [{ status: 'miss' }, 'shop; fwd=miss'],
    [{ status: 'miss', stored: true, collapsed: true }, 'shop; fwd=miss; stored; collapsed'],
    [{ status: 'bypass' }, 'shop; fwd=bypass'],
  ])('says of %j: %s', (reading, expected) => {
    expect(cacheStatus('shop', aReading(reading))).toBe(expected);
  });

  it.each(['a b', '1st', '', 'a;b', 'a"', 'ä'])('refuses the name %j, which is no token', (name) => {
    expect(() => cacheStatus(name, aReading({}))).toThrow(TypeError);
  });

  it.each(['looseleaf-web', '*', 'a:b/c'])('takes the name %j', (name) => {
    expect(cacheStatus(name, aReading({}))).toBe(`${name}; hit; ttl=0`);
  });
});
