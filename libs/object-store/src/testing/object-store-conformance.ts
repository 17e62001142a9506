import { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import type { ObjectStore, PutOptions, StoredObject } from '../object-store.js';

/** An adapter under test, empty. */
export interface ObjectStoreUnderTest {
  readonly store: ObjectStore;
  /** Another process's view of the same store. */
  readonly other: ObjectStore;
  /** What lies about half-written. */
  leftovers(): Promise<readonly string[]>;
}

/** What some servers cannot do, by no fault of the adapter. */
export interface ObjectStoreFeatures {
  /** There may be objects `a` and `a/b`. Servers that keep objects as files under their keys have no place for both. */
  readonly nestedKeys: boolean;
  /** A version keeps its time when another one is put over it. versitygw 1.8 gives it the time of that. */
  readonly lastingTimes: boolean;
}

const OPTIONS = { contentType: 'text/csv', maxBytes: 1_000_000 };

/** What every object store does. @param open makes an empty store for one test */
export function objectStoreConformance(
  name: string,
  open: () => Promise<ObjectStoreUnderTest>,
  features: ObjectStoreFeatures = { nestedKeys: true, lastingTimes: true },
): void {
  describe(`${name} as an object store`, () => {
    let store: ObjectStore;
    let other: ObjectStore;
    let leftovers: ObjectStoreUnderTest['leftovers'];

    beforeEach(async () => {
      ({ store, other, leftovers } = await open());
    });

    const put = (
      key: string,
      content: string | Readable,
      options: Partial<PutOptions> = {},
      into = store,
    ): Promise<StoredObject> =>
      into.put(key, typeof content === 'string' ? Readable.from([Buffer.from(content)]) : content, {
        ...OPTIONS,
        ...options,
      });
    const read = async (key: string, versionId?: string): Promise<string> =>
      text(await store.get(key, versionId === undefined ? {} : { versionId }));

    const superseded = (version: StoredObject): StoredObject =>
      features.lastingTimes ? version : { ...version, storedAt: expect.any(Date) as Date };

    it('gives back what was put, from any byte on', async () => {
      expect(await put('stock-files/a.csv', 'store,item,count')).toMatchObject({ bytes: 16 });
      expect(await text(await other.get('stock-files/a.csv'))).toBe('store,item,count');
      expect(await text(await store.get('stock-files/a.csv', { start: 6 }))).toBe('item,count');
      expect(await text(await store.get('stock-files/a.csv', { start: 99 }))).toBe('');
    });

    it('keeps many pieces in their order', async () => {
      const pieces = Array.from({ length: 50 }, (_, index) => Buffer.alloc(10_000, index));
      expect(await put('large', Readable.from(pieces))).toMatchObject({ bytes: 500_000 });
      expect((await buffer(await store.get('large'))).equals(Buffer.concat(pieces))).toBe(true);
    });

    it('keeps every version, while a reader of an old one goes on with it', async () => {
      const old = await put('a', 'old');
      const reader = await store.get('a');
      const young = await put('a', 'new and longer');
      expect(await text(reader)).toBe('old');
      expect(await read('a')).toBe('new and longer');
      expect(await read('a', old.versionId)).toBe('old');
      expect(await read('a', young.versionId)).toBe('new and longer');
      expect(await store.versions('a')).toEqual([superseded(old), young]);
    });

    it('tells of an object without reading it', async () => {
      const before = Math.floor(Date.now() / 1_000) * 1_000;
      const old = await put('a', 'old');
      const young = await put('a', 'young');
      expect(old.storedAt.getTime()).toBeGreaterThanOrEqual(before);
      expect(young.storedAt.getTime()).toBeLessThanOrEqual(Date.now() + 10);
      expect(await other.head('a')).toEqual(young);
      expect(await other.head('a', { versionId: old.versionId })).toEqual(superseded(old));
    });

    it('lists versions in the order of the puts', async () => {
      const ids: string[] = [];
      for (let round = 0; round < 12; round += 1) {
        ids.push((await put('a', `${round}`, {}, round % 2 === 0 ? store : other)).versionId);
      }
      expect(new Set(ids).size).toBe(12);
      expect((await store.versions('a')).map(({ versionId }) => versionId)).toEqual(ids);
    });

    it('makes a version of each of many puts at the same time', async () => {
      const contents = Array.from({ length: 20 }, (_, index) => `content ${index}`);
      const stored = await Promise.all(contents.map((content, at) => put('a', content, {}, at % 2 ? store : other)));
      expect(new Set(stored.map(({ versionId }) => versionId)).size).toBe(20);
      expect(await Promise.all(stored.map(({ versionId }) => read('a', versionId)))).toEqual(contents);
    });

    it('creates an object once, also when many try at the same time', async () => {
      const tries = Array.from({ length: 10 }, (_, at) =>
        put('a', `${at}`, { createOnly: true }, at % 2 ? store : other),
      );
      const outcomes = await Promise.allSettled(tries);
      const winners = outcomes.flatMap((outcome, at) => (outcome.status === 'fulfilled' ? [String(at)] : []));
      const losers = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as object] : []));
      expect(winners).toEqual([await read('a')]);
      expect(losers).toHaveLength(9);
      for (const loser of losers) expect(loser).toMatchObject({ code: 'OBJECT.EXISTS', retryable: false });
      expect(await store.versions('a')).toHaveLength(1);
      expect(await leftovers()).toEqual([]);
    });

    it('says that an object is not there', async () => {
      await put('folder/a', 'x');
      await expect(store.get('absent')).rejects.toMatchObject({ code: 'OBJECT.NOT_FOUND', retryable: false });
      await expect(store.get('folder')).rejects.toMatchObject({ code: 'OBJECT.NOT_FOUND' });
      for (const versionId of ['9999999999', 'nonsense', '../a', '']) {
        await expect(store.get('folder/a', { versionId })).rejects.toMatchObject({ code: 'OBJECT.NOT_FOUND' });
        expect(await store.head('folder/a', { versionId })).toBeUndefined();
      }
      expect(await store.head('absent')).toBeUndefined();
      expect(await store.versions('absent')).toEqual([]);
    });

    const itWithNestedKeys = features.nestedKeys ? it : it.skip;
    itWithNestedKeys('keeps an object below the name of another', async () => {
      await put('a', 'x');
      await put('a/b', 'y');
      expect([await read('a'), await read('a/b')]).toEqual(['x', 'y']);
    });

    it('refuses what is too large, keeps the old object, leaves nothing behind and does not end the stream', async () => {
      await put('a', 'old');
      const content = Readable.from([Buffer.alloc(6), Buffer.alloc(6), Buffer.alloc(6)]);
      await expect(put('a', content, { maxBytes: 10 })).rejects.toMatchObject({ code: 'OBJECT.TOO_LARGE' });
      expect(content.destroyed).toBe(false);
      expect(await read('a')).toBe('old');
      expect(await leftovers()).toEqual([]);
      expect(await put('a', '0123456789', { maxBytes: 10 })).toMatchObject({ bytes: 10 });
    });

    it('stores nothing when the content breaks off, and throws the error of the content', async () => {
      const broken = Readable.from(
        (function* () {
          yield Buffer.from('half');
          throw new Error('the client went away');
        })(),
      );
      await expect(put('a', broken)).rejects.toThrow('the client went away');
      await expect(store.get('a')).rejects.toMatchObject({ code: 'OBJECT.NOT_FOUND' });
      expect(await leftovers()).toEqual([]);
    });

    it.each(['', '/a', 'a/', 'a//b', '..', '../a', 'a/../../b', '.incoming/a', 'a\\b', 'a\0b', 'a b', 'a'.repeat(513)])(
      'refuses the key %j',
      async (key) => {
        const refusal = { code: 'OBJECT.KEY_INVALID' };
        await expect(put(key, 'x')).rejects.toMatchObject(refusal);
        await expect(store.get(key)).rejects.toMatchObject(refusal);
        await expect(store.head(key)).rejects.toMatchObject(refusal);
        await expect(store.versions(key)).rejects.toMatchObject(refusal);
      },
    );
  });
}
