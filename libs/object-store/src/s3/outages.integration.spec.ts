import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { S3 } from '@aws-sdk/client-s3';
import {
  eventually,
  LOOPBACK,
  startAnswerProxy,
  startObjectServer,
  versitygwProgram,
  whereAvailable,
  type AnswerProxy,
  type S3Server,
} from '@looseleaf/infra';
import { type ObjectStore, type StoredObject, type UploadConsumer } from '../index.js';
import { createS3ObjectStore, createS3Uploads, provisionS3Bucket, type S3Options } from './index.js';

const describeWithServer = await whereAvailable(describe, versitygwProgram);
const MIB = 1024 * 1024;
/** As long as a call may take when nobody answers, and half as much again for a busy machine. */
const BOUND_MS = 7_500;
const AWAY = { code: 'OBJECT.UNAVAILABLE', retryable: true };

describeWithServer('A bucket of S3', () => {
  let server: S3Server;
  let options: S3Options;
  let store: ObjectStore;
  let consumers: UploadConsumer[];
  let proxy: AnswerProxy | undefined;
  let buckets = 0;

  beforeAll(async () => {
    server = await startObjectServer();
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    const { endpoint, region, accessKeyId, secretAccessKey } = server;
    const credentials = { accessKeyId, secretAccessKey };
    buckets += 1;
    options = { endpoint, region, credentials, bucket: `bucket-${buckets}`, pathStyle: true };
    await provisionS3Bucket(options);
    store = createS3ObjectStore(options);
    consumers = [];
  });
  afterEach(async () => {
    await proxy?.close();
    proxy = undefined;
    await server.kill('SIGCONT');
    await server.start();
    await Promise.all(consumers.map((consumer) => consumer.stop()));
  });

  const put = (key: string, content: Readable = Readable.from(['content']), into = store): Promise<StoredObject> =>
    into.put(key, content, { contentType: 'text/csv', maxBytes: 100 * MIB });
  const upload = async (key: string): Promise<void> => {
    const expiresAt = new Date(Date.now() + 60_000);
    const uploads = createS3Uploads(options);
    const { url, headers } = await uploads.presign(key, {
      contentType: 'text/csv',
      size: { maxBytes: 100 },
      expiresAt,
    });
    expect((await fetch(url, { method: 'PUT', headers, body: key })).status).toBe(200);
  };
  const consume = (told: string[], errors: unknown[] = []): void => {
    const handler = async ({ key }: { key: string }): Promise<void> => void told.push(key);
    consumers.push(createS3Uploads(options).consume(handler, { onError: (error) => errors.push(error) }));
  };
  const expectAway = async (call: Promise<unknown>): Promise<void> => {
    const startedAtMs = performance.now();
    await expect(call).rejects.toMatchObject(AWAY);
    expect(performance.now() - startedAtMs).toBeLessThan(BOUND_MS);
  };
  const errorsOf = async (away: ObjectStore): Promise<Error[]> => {
    const calls = [away.ping(), put('a', undefined, away), away.head('a'), away.get('a'), away.versions('a')];
    const outcomes = await Promise.allSettled(calls);
    return outcomes.map((outcome) => (outcome as PromiseRejectedResult).reason as Error);
  };
  const expectAllAway = (): Promise<unknown> =>
    Promise.all(
      [store.ping(), put('more'), store.get('kept'), store.head('kept'), store.versions('kept')].map(expectAway),
    );

  it('whose server is killed says so, in time, and has what it had when it is back', async () => {
    await put('kept');
    await server.kill('SIGKILL');
    await expectAllAway();
    await expect(store.ping()).rejects.toThrow(/at http:\S+ cannot be reached/);
    await server.start();
    await store.ping();
    expect(await text(await store.get('kept'))).toBe('content');
    expect(await put('more')).toMatchObject({ bytes: 7 });
  });

  it('whose server stands still says so, in time, and goes on with it', async () => {
    await put('kept');
    await server.kill('SIGSTOP');
    await expectAllAway();
    await server.kill('SIGCONT');
    await store.ping();
    expect(await text(await store.get('kept'))).toBe('content');
  });

  it('whose server dies in the middle of a read breaks the read off', async () => {
    await put('large', Readable.from([Buffer.alloc(30 * MIB)]));
    const reader = await store.get('large');
    await once(reader, 'readable');
    await server.kill('SIGKILL');
    await expect(text(reader)).rejects.toThrow();
  });

  it('whose server stands still in the middle of a read breaks the read off', async () => {
    await put('large', Readable.from([Buffer.alloc(30 * MIB)]));
    const reader = await store.get('large');
    await once(reader, 'readable');
    await server.kill('SIGSTOP');
    await expect(text(reader)).rejects.toMatchObject(AWAY);
  });

  it('keeps large content as it was, holding two parts of it at most, and leaves no parts of what breaks off', async () => {
    let hash = createHash('sha256');
    let given = 0;
    function* pieces(count: number): Generator<Buffer> {
      hash = createHash('sha256');
      for (given = 0; given < count; given += 1) {
        const piece = randomBytes(MIB);
        hash.update(piece);
        yield piece;
      }
    }
    expect(await put('large', Readable.from(pieces(60)))).toMatchObject({ bytes: 60 * MIB });
    const read = createHash('sha256');
    for await (const piece of await store.get('large')) read.update(piece as Buffer);
    expect(read.digest('hex')).toBe(hash.digest('hex'));

    await server.kill('SIGKILL');
    await expect(put('larger', Readable.from(pieces(60)))).rejects.toMatchObject(AWAY);
    expect(given).toBeLessThan(20);
    await server.start();
    const tooLarge = store.put('larger', Readable.from(pieces(60)), { contentType: 'text/csv', maxBytes: 30 * MIB });
    await expect(tooLarge).rejects.toMatchObject({ code: 'OBJECT.TOO_LARGE' });
    const s3 = new S3({ ...options, forcePathStyle: true });
    const { Uploads } = await s3.listMultipartUploads({ Bucket: options.bucket });
    s3.destroy();
    expect(Uploads ?? []).toEqual([]);
    expect(await store.head('larger')).toBeUndefined();
  });

  it('creates a large object once', async () => {
    const create = (): Promise<StoredObject> =>
      store.put('large', Readable.from([Buffer.alloc(9 * MIB)]), {
        contentType: 'text/csv',
        maxBytes: 10 * MIB,
        createOnly: true,
      });
    const outcomes = await Promise.allSettled([create(), create(), create()]);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await expect(create()).rejects.toMatchObject({ code: 'OBJECT.EXISTS' });
    expect(await store.versions('large')).toHaveLength(1);
  });

  it('has an object once when the answer to its put is lost on the way', async () => {
    let answersToLose = 1;
    proxy = await startAnswerProxy(Number(new URL(options.endpoint).port), (client) => (answer) => {
      if (answersToLose === 0) client.write(answer);
      else {
        answersToLose -= 1;
        client.destroy();
      }
    });
    const behind = createS3ObjectStore({ ...options, endpoint: `http://${LOOPBACK}:${proxy.port}` });
    const content = Readable.from(['content']);
    const stored = await behind.put('a', content, { contentType: 'text/csv', maxBytes: 10, createOnly: true });
    expect(answersToLose).toBe(0);
    expect(await store.versions('a')).toEqual([stored]);
  });

  it('that does not exist, keeps no versions or is closed to these keys is away, and its secret is in no error', async () => {
    const absent = createS3ObjectStore({ ...options, bucket: 'absent' });
    for (const error of await errorsOf(absent)) {
      expect(error).toMatchObject({ ...AWAY, message: 'the object store has no bucket absent' });
    }
    const s3 = new S3({ ...options, forcePathStyle: true });
    await s3.createBucket({ Bucket: 'unversioned' });
    s3.destroy();
    const unversioned = createS3ObjectStore({ ...options, bucket: 'unversioned' });
    await expect(put('a', Readable.from(['x']), unversioned)).rejects.toThrow(/keeps no versions/);
    await expect(unversioned.ping()).rejects.toThrow(/keeps no versions/);
    const credentials = { accessKeyId: options.credentials!.accessKeyId, secretAccessKey: 'a wrong secret' };
    const stranger = createS3ObjectStore({ ...options, credentials });
    for (const error of await errorsOf(stranger)) {
      expect(error).toMatchObject({ ...AWAY, message: expect.stringMatching(/does not permit this \(403 /) });
      const all = JSON.stringify([error, error.message, error.stack, error.cause, String(error.cause)]);
      expect(all).not.toMatch(new RegExp(`${credentials.accessKeyId}|a wrong secret`));
    }
  });

  it('has uploads told that arrived before its server was killed, when it is back', async () => {
    await upload('a/1');
    await server.kill('SIGKILL');
    const [told, errors]: [string[], unknown[]] = [[], []];
    consume(told, errors);
    await eventually(() => expect(errors.length).toBeGreaterThan(1));
    expect(errors[0]).toMatchObject(AWAY);
    await server.start();
    await eventually(() => expect(told).toEqual(['a/1']));
    await upload('a/2');
    await eventually(() => expect(told).toEqual(['a/1', 'a/2']));
  });

  it('has nothing told of an upload that breaks off', async () => {
    const expiresAt = new Date(Date.now() + 60_000);
    const { url, headers } = await createS3Uploads(options).presign('a/1', {
      contentType: 'text/csv',
      size: { bytes: 100 },
      expiresAt,
    });
    const { hostname, port, pathname, search } = new URL(url);
    const socket = connect(Number(port), hostname);
    const lines = Object.entries({ ...headers, host: `${hostname}:${port}`, 'content-length': '100' });
    socket.write(
      `PUT ${pathname}${search} HTTP/1.1\r\n${lines.map((line) => line.join(': ')).join('\r\n')}\r\n\r\nhalf`,
    );
    await once(socket, 'connect');
    socket.destroy();
    const told: string[] = [];
    consume(told);
    await upload('a/2');
    await eventually(() => expect(told).toEqual(['a/2']));
    expect(await store.head('a/1')).toBeUndefined();
    expect((await fetch(url, { method: 'PUT', headers, body: 'x'.repeat(100) })).status).toBe(200);
    await eventually(() => expect(told).toEqual(['a/2', 'a/1']));
  });
});
