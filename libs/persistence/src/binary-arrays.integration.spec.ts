import {
  int4Array,
  int8Array,
  jsonArray,
  jsonbArray,
  textArray,
  timestamptzArray,
  uuidArray,
} from './binary-arrays.js';
import { ready, TestDatabases } from './testing/test-database.js';
import type { Database } from './database.js';

describe('binary arrays', () => {
  let databases: TestDatabases;
  let database: Database;
  beforeAll(async () => {
    databases = await TestDatabases.start();
    database = await ready(databases.open());
  });
  afterAll(() => databases.stop());

  const roundTrip = async (type: string, array: Buffer): Promise<unknown[]> => {
    const sql = `SELECT to_jsonb($1::${type}[]) AS values`;
    const [row] = await database.transaction((tx) => tx.query<{ values: unknown[] }>(sql, [array]));
    return row!.values;
  };

  it.each([
    ['uuid', uuidArray, ['0199a2b4-0000-7000-8000-00000000002a', null, 'ffffffff-ffff-ffff-ffff-ffffffffffff']],
    ['int4', int4Array, [0, -2_147_483_648, null, 2_147_483_647]],
    ['int8', int8Array, [0, null, -1, Number.MAX_SAFE_INTEGER]],
    ['text', textArray, ['', null, 'naïve 🛒 "quoted", {braced} \\ NULL', 'a'.repeat(70_000)]],
    ['json', jsonArray, ['{"a":[1,"ü"]}', null, '[]']],
    ['jsonb', jsonbArray, ['{"a":[1,"ü"]}', null, 'null']],
    ['timestamptz', timestamptzArray, ['2010-12-01T08:26:00.123Z', null, '1969-12-31T23:59:59.999Z']],
  ] as const)('of %s arrive as they were', async (type, encode, values) => {
    const expected = (values as readonly unknown[]).map((value) =>
      type.startsWith('json') && value ? JSON.parse(value as string) : value,
    );
    const received = await roundTrip(type, (encode as (values: readonly unknown[]) => Buffer)(values));
    const normalised =
      type === 'timestamptz' ? received.map((at) => at && new Date(at as string).toISOString()) : received;
    expect(normalised).toEqual(expected);
  });

  it('may be empty', async () => {
    expect(await roundTrip('uuid', uuidArray([]))).toEqual([]);
    expect(await roundTrip('text', textArray([]))).toEqual([]);
  });

  it('refuse what is not of their type', () => {
    expect(() => uuidArray(['0199a2b4-0000-7000-8000-00000000002'])).toThrow(TypeError);
    expect(() => uuidArray(['zzzzzzzz-0000-7000-8000-00000000002a'])).toThrow(TypeError);
    expect(() => int4Array([2 ** 31])).toThrow('out of range');
    expect(() => timestamptzArray(['yesterday'])).toThrow(RangeError);
  });
});
