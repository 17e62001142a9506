import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { eventually } from '@looseleaf/infra';
import { createFileObjectStore, createFileUploads, type ObjectStore, type StoredObject } from '../index.js';
import { mountSmallDisk, type SmallDisk } from '../testing/small-disk.js';

const OPTIONS = { contentType: 'text/csv', maxBytes: 10_000_000 };
const KIB = 1_024;

const probe = mountSmallDisk();
if (typeof probe !== 'string') probe.remove();
/** Only a file system that really is full or read-only says so; where none can be mounted, that is why these do not run. */
const whereItCanBeMounted = typeof probe === 'string' ? describe.skip : describe;
const reason = typeof probe === 'string' ? ` (not run: ${probe})` : '';

whereItCanBeMounted(`A disk${reason}`, () => {
  let disk: SmallDisk;
  let directory: string;
  let store: ObjectStore;

  beforeEach(async () => {
    disk = mountSmallDisk() as SmallDisk;
    directory = join(disk.path, 'objects');
    store = createFileObjectStore({ directory });
    await put('kept', 10 * KIB);
  });
  afterEach(() => disk.remove());

  const put = (key: string, bytes: number): Promise<StoredObject> =>
    store.put(key, Readable.from([Buffer.alloc(bytes, 'x')]), OPTIONS);
  const names = (): Promise<string[]> => readdir(directory, { recursive: true });
  const away = (why: string): object => ({
    code: 'OBJECT.UNAVAILABLE',
    message: `the folder of the object store is ${why}`,
  });
  const upload = (key: string, bytes: number) => ({
    key,
    contentType: 'text/csv',
    size: { maxBytes: bytes },
    expiresAt: new Date(),
  });
  const uploads = () => createFileUploads({ directory, secret: 'a secret of thirty-two characters', path: '/' });

  it('that is full takes nothing, keeps what it has, is left as it was, and takes again when there is room', async () => {
    const before = await names();
    await expect(put('too-much', 2_000 * KIB)).rejects.toMatchObject(away('full'));
    await expect(
      uploads().receive(upload('a/too-much', 2_000 * KIB), Readable.from([Buffer.alloc(2_000 * KIB)])),
    ).rejects.toMatchObject(away('full'));
    expect(await names()).toEqual(before);
    await expect(writeFile(join(disk.path, 'filler'), Buffer.alloc(1_024 * KIB))).rejects.toMatchObject({
      code: 'ENOSPC',
    });
    await expect(store.ping()).rejects.toMatchObject(away('full'));
    await expect(put('more', 100 * KIB)).rejects.toMatchObject(away('full'));
    expect(await names()).toEqual(before);
    expect(await text(await store.get('kept'))).toHaveLength(10 * KIB);
    await rm(join(disk.path, 'filler'));
    await store.ping();
    expect(await put('more', 100 * KIB)).toMatchObject({ bytes: 100 * KIB });
  });

  it('that becomes read-only takes nothing, says so, still gives, and takes again when it may be written to', async () => {
    disk.remount('ro');
    await expect(store.ping()).rejects.toMatchObject(away('read-only'));
    await expect(put('more', KIB)).rejects.toMatchObject(away('read-only'));
    await expect(uploads().receive(upload('a/1', KIB), Readable.from(['x']))).rejects.toMatchObject(away('read-only'));
    expect(await text(await store.get('kept'))).toHaveLength(10 * KIB);
    await expect(store.get('absent')).rejects.toMatchObject({ code: 'OBJECT.NOT_FOUND' });
    disk.remount('rw');
    await store.ping();
    expect(await put('more', KIB)).toMatchObject({ bytes: KIB });
  });

  it('that becomes read-only while an upload waits to be told of lets it be told when it may be written to', async () => {
    const receiver = uploads();
    await receiver.receive(upload('a/1', KIB), Readable.from(['x']));
    disk.remount('ro');
    const told: string[] = [];
    const errors: unknown[] = [];
    const consumer = receiver.consume(async ({ key }) => void told.push(key), {
      onError: (error) => errors.push(error),
    });
    await eventually(() => expect(errors.length).toBeGreaterThan(1));
    expect(errors[0]).toMatchObject(away('read-only'));
    disk.remount('rw');
    await eventually(async () => expect(await readdir(join(directory, '.uploaded'))).toEqual([]));
    await consumer.stop();
    expect(told).toEqual(['a/1']);
  });

  it('whose space ends in the middle of many uploads keeps the whole ones and nothing of the others', async () => {
    const receiver = uploads();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 12 }, (_, number) =>
        receiver.receive(
          upload(`a/${number}`, 150 * KIB),
          Readable.from([Buffer.alloc(75 * KIB), Buffer.alloc(75 * KIB)]),
        ),
      ),
    );
    const kept = outcomes.flatMap(({ status }, number) => (status === 'fulfilled' ? [`a/${number}`] : []));
    expect(kept.length).toBeLessThan(12);
    for (const outcome of outcomes)
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject(away('full'));
    expect(await readdir(join(directory, '.incoming'))).toEqual([]);
    const told: string[] = [];
    const consumer = receiver.consume(async ({ key }) => void told.push(key), { onError: () => undefined });
    await eventually(async () => expect(await readdir(join(directory, '.uploaded'))).toEqual([]));
    await consumer.stop();
    // One that could not be put in its place at once was complete all the same: told later, as its sender is told then.
    expect(told).toEqual(expect.arrayContaining(kept));
    for (const key of told) expect(await store.head(key)).toMatchObject({ bytes: 150 * KIB });
  });
});
