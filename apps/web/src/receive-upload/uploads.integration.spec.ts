import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { request, type ClientRequest, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { importStockFile, INVENTORY_IMPORT_QUEUE } from '@looseleaf/contracts';
import { startTestPostgres, type TestPostgres } from '@looseleaf/infra';
import type { MessageBroker } from '@looseleaf/messaging';
import { createFileObjectStore, createFileUploads } from '@looseleaf/object-store';
import type { Problem } from '@looseleaf/service-kit';
import { answerProblem, startStandIn, type StandIn } from '../testing/stand-in.js';
import {
  OPERATOR_KEY,
  problemOf,
  provisionBroker,
  startWeb,
  takeAll,
  until,
  UPLOAD_SECRET,
  type WebUnderTest,
} from '../testing/web-under-test.js';

const csv = 'store,item,count\nBerlin,PEN-1,12\n';
const json = { 'content-type': 'application/json', authorization: `Bearer ${OPERATOR_KEY}` };

interface Prepared {
  readonly id: string;
  readonly method: string;
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly expiresAt: string;
}

describe('A pre-signed upload of a stock file', () => {
  let postgres: TestPostgres;
  let broker: MessageBroker;
  let web: WebUnderTest;
  let inventory: StandIn;

  beforeAll(async () => {
    postgres = await startTestPostgres();
    const brokerUrl = await postgres.createDatabase('broker');
    [broker, inventory] = await Promise.all([provisionBroker(brokerUrl), startStandIn()]);
    web = await startWeb({ brokerUrl, inventoryUrl: inventory.url });
    inventory.behave(answerProblem(404));
  });

  afterAll(async () => {
    await Promise.all([web.stop(), broker.close(), inventory.disappear()]);
    await postgres.stop();
  });

  const ask = (body?: unknown, headers: Record<string, string> = json): Promise<Response> =>
    fetch(`${web.url}/v1/stock-files/uploads`, {
      method: 'POST',
      headers,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  const prepare = async (body?: unknown): Promise<Prepared> => (await (await ask(body)).json()) as Prepared;
  const put = (url: string, body: string | Buffer, headers: Record<string, string> = { 'content-type': 'text/csv' }) =>
    fetch(url, { method: 'PUT', headers, body });
  const show = async (id: string): Promise<unknown> => (await fetch(`${web.url}/v1/stock-files/${id}`)).json();
  const folder = (name: string): Promise<string[]> => readdir(join(web.objectStoreDirectory, name)).catch(() => []);
  const objects = (): Promise<string[]> => folder('.versions/stock-files');
  const calls: ClientRequest[] = [];
  /** Sends pieces with chunked encoding, unless there is a content-length. */
  const stream = (url: string, pieces: Iterable<Buffer>, headers: OutgoingHttpHeaders): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const call = request(url, { method: 'PUT', headers }, (response) => {
        call.on('error', () => undefined);
        resolve(response);
      });
      calls.push(call);
      call.once('error', reject);
      Readable.from(pieces).pipe(call);
    });
  function* pieces(count: number, bytes = 65_536): Generator<Buffer> {
    for (let sent = 0; sent < count; sent += 1) yield Buffer.alloc(bytes, 'x');
  }

  it('is asked for by operators, and described so that any client can make it', async () => {
    expect(await problemOf(await ask({}, { 'content-type': 'application/json' }))).toMatchObject({ status: 401 });
    const response = await ask();
    const prepared = (await response.json()) as Prepared;
    expect(response.status).toBe(201);
    expect(response.headers.get('location')).toBe(`/v1/stock-files/${prepared.id}`);
    expect(prepared).toEqual({
      id: expect.any(String),
      method: 'PUT',
      url: expect.stringContaining(`${web.url}/v1/uploads/stock-files/${prepared.id}.csv?`),
      headers: { 'content-type': 'text/csv' },
      expiresAt: expect.any(String),
    });
    expect(Date.parse(prepared.expiresAt)).toBeGreaterThan(Date.now());
    expect(await show(prepared.id)).toMatchObject({ id: prepared.id, state: 'awaiting-upload', rowsRead: 0 });
  });

  it.each([[{ bytes: 0 }], [{ bytes: 1.5 }], [{ bytes: '7' }], [[]], ['7']])(
    'is not asked for with %j',
    async (body) => {
      expect(await problemOf(await ask(body))).toMatchObject({ status: 400, code: 'REQUEST.INVALID' });
    },
  );

  it('is not asked for with more than 5 GiB', async () => {
    expect((await ask({ bytes: 5 * 1024 ** 3 })).status).toBe(201);
    expect(await problemOf(await ask({ bytes: 5 * 1024 ** 3 + 1 }))).toMatchObject({ status: 413 });
  });

  it('is asked for under any name of this host, and under no other', async () => {
    const asked = async (host: string): Promise<[status: number, Prepared & Problem]> => {
      const call = request(`${web.url}/v1/stock-files/uploads`, { method: 'POST', headers: { ...json, host } }).end();
      const [response] = (await once(call, 'response')) as [IncomingMessage];
      return [response.statusCode!, JSON.parse(await text(response)) as Prepared & Problem];
    };
    const [status, { url }] = await asked('shop.example:8080');
    expect([status, new URL(url).host]).toEqual([201, 'shop.example:8080']);
    expect(await asked('no host')).toMatchObject([400, { code: 'REQUEST.HOST' }]);
  });

  it('needs no key, is kept, is shown as received and is imported, once', async () => {
    const { id, url } = await prepare({ bytes: csv.length });
    const response = await put(url, csv);
    expect(response.status).toBe(201);
    const answer = (await response.json()) as { receivedAt: string };
    expect(answer).toEqual({ bytes: csv.length, receivedAt: expect.any(String) });
    expect(await show(id)).toMatchObject({ state: 'received', bytes: csv.length, receivedAt: answer.receivedAt });
    const messages = await takeAll(broker, INVENTORY_IMPORT_QUEUE, 1);
    const command = importStockFile.schema.parse(messages[0]?.body);
    expect(messages).toHaveLength(1);
    expect(command).toMatchObject({ fileId: id, bytes: csv.length, receivedAt: answer.receivedAt });
    const store = createFileObjectStore({ directory: web.objectStoreDirectory });
    expect(await text(await store.get(command.objectKey))).toBe(csv);
    await until(async () => (await folder('.uploaded')).length === 0);
  });

  it('is made once: the second PUT says that the first one arrived', async () => {
    const { id, url } = await prepare();
    expect((await put(url, csv)).status).toBe(201);
    expect(await problemOf(await put(url, 'something else'))).toMatchObject({ status: 409, code: 'UPLOAD.DONE' });
    expect(await show(id)).toMatchObject({ bytes: csv.length });
    expect(await takeAll(broker, INVENTORY_IMPORT_QUEUE, 1)).toHaveLength(1);
  });

  it('is made once also when it is made ten times at the same moment', async () => {
    const { url } = await prepare();
    const answers = await Promise.all(Array.from({ length: 10 }, () => put(url, csv)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array.from({ length: 9 }, () => 409)]);
    expect(await takeAll(broker, INVENTORY_IMPORT_QUEUE, 1)).toHaveLength(1);
    expect(await folder('.incoming')).toEqual([]);
  });

  it('is refused when anything of its address was changed', async () => {
    const { url } = await prepare({ bytes: csv.length });
    const other = await prepare({ bytes: 5 });
    const stored = await objects();
    const changes: ((url: URL) => void)[] = [
      (changed) => changed.searchParams.set('bytes', '7'),
      (changed) => changed.searchParams.set('bytes', `0${csv.length}`),
      (changed) => changed.searchParams.delete('bytes'),
      (changed) => changed.searchParams.set('type', 'text/html'),
      (changed) => changed.searchParams.set('expires', '99999999999'),
      (changed) => changed.searchParams.append('expires', '99999999999'),
      (changed) => changed.searchParams.append('max-bytes', '99999999'),
      (changed) => changed.searchParams.append('anything', 'else'),
      (changed) => changed.searchParams.delete('signature'),
      (changed) => changed.searchParams.set('signature', ''),
      (changed) => changed.searchParams.set('signature', changed.searchParams.get('signature')!.toUpperCase()),
      (changed) => changed.searchParams.set('signature', new URL(other.url).searchParams.get('signature')!),
      (changed) => (changed.pathname = new URL(other.url).pathname),
      (changed) => (changed.pathname = '/v1/uploads/stock-files/mine.csv'),
      (changed) => (changed.pathname = '/v1/uploads/stock-files/..%2F..%2Fetc'),
      (changed) => (changed.search = ''),
    ];
    for (const change of changes) {
      const changed = new URL(url);
      change(changed);
      const refused = await problemOf(await put(changed.href, csv));
      expect([changed.href, refused.status, refused.code]).toEqual([changed.href, 403, 'UPLOAD.SIGNATURE']);
    }
    expect(await objects()).toEqual(stored);
    expect((await put(url, csv)).status).toBe(201);
  });

  it('is refused when it begins too late', async () => {
    const uploads = createFileUploads({
      directory: web.objectStoreDirectory,
      secret: UPLOAD_SECRET,
      path: '/v1/uploads',
    });
    const { url } = await uploads.presign('stock-files/late.csv', {
      contentType: 'text/csv',
      size: { maxBytes: 100 },
      expiresAt: new Date(Date.now() - 1_000),
    });
    expect(await problemOf(await put(`${web.url}${url}`, csv))).toMatchObject({ status: 403, code: 'UPLOAD.EXPIRED' });
  });

  it.each(['text/html', 'application/json', 'application/x-www-form-urlencoded', 'text/csvx'])(
    'is refused as %s',
    async (type) => {
      const { url } = await prepare();
      const refused = await problemOf(await put(url, '{"not": "read', { 'content-type': type }));
      expect(refused).toMatchObject({ status: 415, code: 'REQUEST.MEDIA_TYPE' });
      expect((await put(url, csv, { 'content-type': 'Text/CSV; charset=utf-8' })).status).toBe(201);
    },
  );

  it('has the size that was asked for, whether it is announced or shows', async () => {
    const { id, url } = await prepare({ bytes: 100_000 });
    const stored = await objects();
    const type = { 'content-type': 'text/csv' };
    const answers: [number, string][] = [];
    for (const response of [
      await stream(url, pieces(1, 99_999), { ...type, 'content-length': 99_999 }),
      await stream(url, pieces(1, 99_999), type),
      await stream(url, pieces(1, 100_001), { ...type, 'content-length': 100_001 }),
      await stream(url, pieces(1, 100_001), type),
      // Endless, so the answer does not wait for the end.
      await stream(url, pieces(Infinity), type),
    ]) {
      answers.push([response.statusCode!, (JSON.parse(await text(response)) as Problem).code]);
    }
    calls.forEach((call) => call.destroy());
    expect(answers).toEqual([
      [400, 'UPLOAD.WRONG_SIZE'],
      [400, 'UPLOAD.WRONG_SIZE'],
      [413, 'UPLOAD.TOO_LARGE'],
      [413, 'UPLOAD.TOO_LARGE'],
      [413, 'UPLOAD.TOO_LARGE'],
    ]);
    expect(await objects()).toEqual(stored);
    expect(await folder('.incoming')).toEqual([]);
    expect(await show(id)).toMatchObject({ state: 'awaiting-upload' });
    expect((await stream(url, pieces(1, 100_000), type)).statusCode).toBe(201);
  });

  it('leaves nothing behind when it is cut off half way, and can be made again', async () => {
    const { id, url } = await prepare({ bytes: 1_000_000 });
    const call = request(url, { method: 'PUT', headers: { 'content-type': 'text/csv', 'content-length': 1_000_000 } });
    call.on('error', () => undefined);
    call.write(Buffer.alloc(500_000));
    await until(async () => (await folder('.incoming')).length === 1);
    call.destroy();
    await until(async () => (await folder('.incoming')).length === 0);
    expect(await show(id)).toMatchObject({ state: 'awaiting-upload' });
    expect((await put(url, Buffer.alloc(1_000_000, 'x'))).status).toBe(201);
  });
});
