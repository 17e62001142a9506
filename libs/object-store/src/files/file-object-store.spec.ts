import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { createFileObjectStore, type ObjectStore, type StoredObject } from '../index.js';

const OPTIONS = { contentType: 'text/csv', maxBytes: 1_000_000 };

describe('the object store on files', () => {
  let directory: string;
  let store: ObjectStore;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'objects-'));
    store = createFileObjectStore({ directory: join(directory, 'made', 'when-needed') });
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  const put = (key: string, content: string | Readable, options = OPTIONS): Promise<StoredObject> =>
    store.put(key, typeof content === 'string' ? Readable.from([Buffer.from(content)]) : content, options);
  const incoming = (): Promise<string[]> => readdir(join(directory, 'made', 'when-needed', '.incoming'));

  it('gives back what was put, from any byte on', async () => {
    expect(await put('stock-files/a.csv', 'store,item,count')).toMatchObject({ bytes: 16 });
    expect(await text(await store.get('stock-files/a.csv'))).toBe('store,item,count');
    expect(await text(await store.get('stock-files/a.csv', { start: 6 }))).toBe('item,count');
    expect(await text(await store.get('stock-files/a.csv', { start: 99 }))).toBe('');
  });

  it('keeps many pieces in their order', async () => {
    const pieces = Array.from({ length: 50 }, (_, index) => Buffer.alloc(10_000, index));
    expect(await put('large', Readable.from(pieces))).toMatchObject({ bytes: 500_000 });
    expect((await buffer(await store.get('large'))).equals(Buffer.concat(pieces))).toBe(true);
  });

  it('replaces an object whole, while a reader of the old one goes on with it', async () => {
    await put('a', 'old');
    const reader = await store.get('a');
    await put('a', 'new and longer');
    expect(await text(reader)).toBe('old');
    expect(await text(await store.get('a'))).toBe('new and longer');
  });

  it('says that an object is not there', async () => {
    await put('folder/a', 'x');
    await expect(store.get('absent')).rejects.toMatchObject({ code: 'OBJECT.NOT_FOUND', retryable: false });
    await expect(store.get('folder')).rejects.toMatchObject({ code: 'OBJECT.NOT_FOUND' });
  });

  it('refuses what is too large, keeps the old object, leaves nothing behind and does not end the stream', async () => {
    await put('a', 'old');
    const content = Readable.from([Buffer.alloc(6), Buffer.alloc(6), Buffer.alloc(6)]);
    await expect(put('a', content, { ...OPTIONS, maxBytes: 10 })).rejects.toMatchObject({ code: 'OBJECT.TOO_LARGE' });
    expect(content.destroyed).toBe(false);
    expect(await text(await store.get('a'))).toBe('old');
    expect(await incoming()).toEqual([]);
    expect(await put('a', '0123456789', { ...OPTIONS, maxBytes: 10 })).toMatchObject({ bytes: 10 });
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
    expect(await incoming()).toEqual([]);
  });

  it.each(['', '/a', 'a/', 'a//b', '..', '../a', 'a/../../b', '.incoming/a', 'a\\b', 'a\0b', 'a b', 'a'.repeat(513)])(
    'refuses the key %j',
    async (key) => {
      await expect(put(key, 'x')).rejects.toMatchObject({ code: 'OBJECT.KEY_INVALID' });
      await expect(store.get(key)).rejects.toMatchObject({ code: 'OBJECT.KEY_INVALID' });
    },
  );

  it('keeps an object below the name of another', async () => {
    await put('a', 'x');
    await put('a/b', 'y');
    expect(await Promise.all([text(await store.get('a')), text(await store.get('a/b'))])).toEqual(['x', 'y']);
  });

  it('is not available when its folder cannot be made, and works again once it can', async () => {
    await writeFile(join(directory, 'made'), 'a file in the way');
    await expect(store.ping()).rejects.toMatchObject({ code: 'OBJECT.UNAVAILABLE', retryable: true });
    await expect(put('a', 'x')).rejects.toMatchObject({ code: 'OBJECT.UNAVAILABLE' });
    await rm(join(directory, 'made'));
    expect(await put('a', 'x')).toMatchObject({ bytes: 1 });
  });
});
