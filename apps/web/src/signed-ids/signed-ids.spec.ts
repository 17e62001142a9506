import * as fc from 'fast-check';
import { SignedIds } from './signed-ids.js';

const SECRET = 'a secret of at least thirty-two characters';
const anyTime = fc.integer({ min: 0, max: 2 ** 48 - 1 });
const text = fc.string({ maxLength: 255 });

function flipBit(id: string, bit: number): string {
  const bytes = Buffer.from(id.replaceAll('-', ''), 'hex');
  bytes[bit >>> 3]! ^= 1 << (bit & 7);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

describe('SignedIds', () => {
  it('recognises every id that it made, and the time in it', () => {
    fc.assert(
      fc.property(anyTime, (nowMs) => {
        const ids = new SignedIds(SECRET, 'order');
        const id = ids.make(nowMs);
        expect(ids.verify(id)).toBe(true);
        expect(ids.issuedAt(id)?.getTime()).toBe(nowMs);
      }),
    );
  });

  it('refuses an id of which any single bit was changed', () => {
    const ids = new SignedIds(SECRET, 'order');
    for (const id of [ids.make(), ids.derive('anonymous', 'a key')]) {
      for (let bit = 0; bit < 128; bit++) expect(ids.verify(flipBit(id, bit))).toBe(false);
    }
  });

  it('refuses random UUIDs, other spellings and anything that is no UUID', () => {
    const ids = new SignedIds(SECRET, 'order');
    fc.assert(
      fc.property(fc.uuid({ version: 8 }), (id) => !ids.verify(id)),
      { numRuns: 1_000 },
    );
    fc.assert(fc.property(fc.string(), (id) => !ids.verify(id)));
    const id = ids.make(Date.UTC(2026, 10, 21));
    for (const spelling of [id.replaceAll('-', ''), `{${id}}`, ` ${id}`, `${id}\n`])
      expect(ids.verify(spelling)).toBe(false);
  });

  it('refuses ids of another secret and of another kind', () => {
    const id = new SignedIds(SECRET, 'order').make();
    expect(new SignedIds(`${SECRET}!`, 'order').verify(id)).toBe(false);
    expect(new SignedIds(SECRET, 'stock-file').verify(id)).toBe(false);
  });

  it('makes ids that only rise, whatever the clock does', () => {
    fc.assert(
      fc.property(fc.array(anyTime, { minLength: 2 }), (times) => {
        const ids = new SignedIds(SECRET, 'order');
        const made = times.map((nowMs) => ids.make(nowMs));
        expect(made.toSorted()).toEqual(made);
      }),
    );
  });

  it('makes a million different ids in one millisecond, and recognises them', () => {
    const ids = new SignedIds(SECRET, 'order');
    const made = new Set<string>();
    for (let count = 0; count < 1_000_000; count++) made.add(ids.make(1_790_000_000_000));
    expect(made.size).toBe(1_000_000);
    const macs = [...made].slice(0, 10_000).map((id) => id.slice(28));
    expect(new Set(macs).size).toBeGreaterThan(9_990);
    expect([...made].filter((id, index) => index % 97 === 0 && !ids.verify(id))).toEqual([]);
  });

  it('makes different ids in two processes at the same time', () => {
    const one = new SignedIds(SECRET, 'order', 1);
    const other = new SignedIds(SECRET, 'order', 2);
    const made = new Set<string>();
    for (let count = 0; count < 10_000; count++) made.add(one.make(5)).add(other.make(5));
    expect(made.size).toBe(20_000);
  });

  it('derives the same id in every process for the same caller and key, and it verifies', () => {
    fc.assert(
      fc.property(text, text, (caller, key) => {
        const id = new SignedIds(SECRET, 'order').derive(caller, key);
        const replica = new SignedIds(SECRET, 'order');
        expect(replica.derive(caller, key)).toBe(id);
        expect(replica.verify(id)).toBe(true);
        expect(replica.issuedAt(id)).toBeUndefined();
      }),
    );
  });

  it('derives different ids for different callers and keys, also where their texts run together', () => {
    const ids = new SignedIds(SECRET, 'order');
    fc.assert(
      fc.property(text, text, text, text, (caller, key, otherCaller, otherKey) => {
        fc.pre(caller !== otherCaller || key !== otherKey);
        expect(ids.derive(caller, key)).not.toBe(ids.derive(otherCaller, otherKey));
      }),
    );
    expect(ids.derive('a', 'bc')).not.toBe(ids.derive('ab', 'c'));
  });

  it('never derives an id that it could also make', () => {
    const ids = new SignedIds(SECRET, 'order');
    fc.assert(
      fc.property(
        text,
        (key) => ids.derive('anonymous', key)[14] === '8' && ids.issuedAt(ids.derive('anonymous', key)) === undefined,
      ),
    );
  });
});
