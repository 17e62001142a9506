import { mkdir, mkdtemp, readdir, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { eventually } from '@looseleaf/infra';
import { createFileObjectStore, createFileUploads, type ObjectStore, type PresignedUpload } from '../index.js';
import { objectStoreConformance } from '../testing/object-store-conformance.js';
import { uploadsConformance } from '../testing/uploads-conformance.js';

const SECRET = 'a secret of at least thirty-two characters';
const PATH = '/v1/uploads';

let parent: string;
let directory: string;

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'objects-'));
  directory = join(parent, 'made', 'when-needed');
});
afterEach(async () => {
  await rm(parent, { recursive: true, force: true });
});

const open = (): ObjectStore => createFileObjectStore({ directory });
const openUploads = () => createFileUploads({ directory, secret: SECRET, path: PATH });
const folder = (name: string): Promise<string[]> => readdir(join(directory, name));
const content = (data: string): Readable => Readable.from([Buffer.from(data)]);
const OPTIONS = { contentType: 'text/csv', maxBytes: 1_000 };

objectStoreConformance('a folder', async () => ({
  store: open(),
  other: open(),
  leftovers: () => folder('.incoming'),
}));

uploadsConformance('a folder', async () => {
  const receiver = openUploads();
  await open().ping();
  return { store: open(), uploads: receiver, other: openUploads(), put: (...args) => putTo(receiver, ...args) };
});

/** As the service does that receives uploads. */
async function putTo(
  receiver: ReturnType<typeof openUploads>,
  { url }: PresignedUpload,
  data: string,
  contentType = 'text/csv',
): Promise<boolean> {
  const { pathname, searchParams } = new URL(url, 'http://store');
  const head = { key: pathname.slice(PATH.length + 1), parameters: Object.fromEntries(searchParams), contentType };
  try {
    await receiver.receive(await receiver.admit({ ...head, contentLength: undefined }), content(data));
    return true;
  } catch (error) {
    expect(error).toMatchObject({ name: 'ObjectStoreError', retryable: false });
    return false;
  }
}

describe('a folder that was used before there were versions', () => {
  beforeEach(async () => {
    await mkdir(join(directory, 'stock-files'), { recursive: true });
    await writeFile(join(directory, 'stock-files', 'old.csv'), 'of old');
  });

  it('still has its objects, as the oldest versions', async () => {
    const store = open();
    const old = (await store.head('stock-files/old.csv'))!;
    expect(old.bytes).toBe(6);
    expect(await text(await store.get('stock-files/old.csv', { start: 3 }))).toBe('old');
    const young = await store.put('stock-files/old.csv', content('young'), OPTIONS);
    expect(young.versionId > old.versionId).toBe(true);
    expect(await store.versions('stock-files/old.csv')).toEqual([old, young]);
    expect(await text(await store.get('stock-files/old.csv'))).toBe('young');
    expect(await text(await store.get('stock-files/old.csv', { versionId: old.versionId }))).toBe('of old');
  });

  it('creates none of them again', async () => {
    const creation = open().put('stock-files/old.csv', content('x'), { ...OPTIONS, createOnly: true });
    await expect(creation).rejects.toMatchObject({ code: 'OBJECT.EXISTS' });
  });
});

describe('a folder that cannot be used', () => {
  const unavailable = (reason: string): object => ({
    code: 'OBJECT.UNAVAILABLE',
    retryable: true,
    message: `the folder of the object store ${reason}`,
  });
  const expectAway = async (store: ObjectStore, reason: string): Promise<void> => {
    await expect(store.ping()).rejects.toMatchObject(unavailable(reason));
    await expect(store.put('a', content('x'), OPTIONS)).rejects.toMatchObject(unavailable(reason));
    // Never that there is no object: that would be taken for the truth.
    await expect(store.get('kept')).rejects.toMatchObject(unavailable(reason));
    await expect(store.head('kept')).rejects.toMatchObject(unavailable(reason));
  };

  it('is a file, and then is not', async () => {
    await writeFile(join(parent, 'made'), 'a file in the way');
    const store = open();
    await expectAway(store, 'is not a folder');
    await rm(join(parent, 'made'));
    expect(await store.put('a', content('x'), OPTIONS)).toMatchObject({ bytes: 1 });
  });

  it.each([
    ['is gone', async () => undefined],
    ['is not a folder', async () => writeFile(directory, 'a file in its place')],
  ])('%s after it was used, and comes back with what was in it', async (reason, replace) => {
    const store = open();
    await store.put('kept', content('kept'), OPTIONS);
    await rename(directory, `${directory}.away`);
    await replace();
    await expectAway(store, reason);
    await rm(directory, { force: true });
    await rename(`${directory}.away`, directory);
    await store.ping();
    expect(await text(await store.get('kept'))).toBe('kept');
  });
});

describe('uploads into a folder', () => {
  const onError = (): void => undefined;

  it('are told when the object could not be put in its place at once', async () => {
    const uploads = openUploads();
    await open().ping();
    await writeFile(join(directory, '.versions', 'a'), 'a file in the way');
    const upload = { key: 'a/1', contentType: 'text/csv', size: { bytes: 1 }, expiresAt: new Date() };
    await expect(uploads.receive(upload, content('x'))).rejects.toMatchObject({ code: 'OBJECT.UNAVAILABLE' });
    expect(await open().head('a/1')).toBeUndefined();
    await rm(join(directory, '.versions', 'a'));
    const told: string[] = [];
    const consumer = uploads.consume(async ({ key }) => void told.push(key), { onError });
    await eventually(() => expect(told).toEqual(['a/1']));
    expect(await text(await open().get('a/1'))).toBe('x');
    await consumer.stop();
    expect(await folder('.uploaded')).toEqual([]);
  });

  it('leave what dead processes left for an hour, and not for longer', async () => {
    const store = open();
    await store.ping();
    for (const name of ['old', 'young', 'growing']) {
      await mkdir(join(directory, '.incoming', name));
      await writeFile(join(directory, '.incoming', name, 'object'), 'x');
    }
    const anHourAgo = new Date(Date.now() - 61 * 60_000);
    await utimes(join(directory, '.incoming', 'old', 'object'), anHourAgo, anHourAgo);
    for (const name of ['old', 'growing']) await utimes(join(directory, '.incoming', name), anHourAgo, anHourAgo);
    const consumer = openUploads().consume(async () => undefined, { onError });
    await eventually(async () => expect((await folder('.incoming')).sort()).toEqual(['growing', 'young']));
    await consumer.stop();
  });
});
