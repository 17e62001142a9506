import { readdir } from 'node:fs/promises';
import { Agent, request, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { importStockFile, INVENTORY_IMPORT_QUEUE } from '@looseleaf/contracts';
import { createFileObjectStore } from '@looseleaf/object-store';
import { answerJson, answerProblem, type StandIn } from '../testing/stand-in.js';
import { OPERATOR_KEY, problemOf, takeAll, until, type WebUnderTest } from '../testing/web-under-test.js';
import { WebStage } from '../testing/web-stage.js';
import { MAX_STOCK_FILE_BYTES } from './receive-stock-files.js';

const csv = 'store,item,count\nBerlin,PEN-1,12\n';
const operator = { authorization: `Bearer ${OPERATOR_KEY}` };

describe('A stock file', () => {
  let stage: WebStage;
  let web: WebUnderTest;
  let inventory: StandIn;

  beforeAll(async () => {
    stage = await WebStage.start();
    inventory = await stage.standIn();
    web = await stage.replica({ inventoryUrl: inventory.url });
  });
  afterAll(() => stage.stop());

  const send = (body: RequestInit['body'], headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${web.url}/v1/stock-files`, {
      method: 'POST',
      headers: { 'content-type': 'text/csv; charset=utf-8', ...operator, ...headers },
      body: body ?? null,
      ...(body instanceof ReadableStream && { duplex: 'half' }),
    });
  const objects = async (): Promise<string[]> =>
    await readdir(join(web.objectStoreDirectory, '.versions', 'stock-files')).catch(() => []);
  const unfinished = (): Promise<string[]> => readdir(join(web.objectStoreDirectory, '.incoming'));
  /** Any number of bytes, none of them held. */
  const bytes = (count: number): ReadableStream =>
    Readable.toWeb(
      Readable.from(
        (function* () {
          for (let left = count; left > 0; left -= 65_536) yield Buffer.alloc(Math.min(left, 65_536), 'x');
        })(),
      ),
    ) as ReadableStream;

  it('is stored, and a command to import it is in the queue, when it is answered with 202', async () => {
    const response = await send(csv);
    expect(response.status).toBe(202);
    const answer = (await response.json()) as { id: string; receivedAt: string };
    expect(answer).toEqual({
      id: expect.any(String),
      state: 'received',
      bytes: csv.length,
      receivedAt: expect.any(String),
    });
    expect(response.headers.get('location')).toBe(`/v1/stock-files/${answer.id}`);
    const [message] = await takeAll(stage.broker, INVENTORY_IMPORT_QUEUE, 1);
    const command = importStockFile.schema.parse(message?.body);
    expect(command).toMatchObject({ fileId: answer.id, bytes: csv.length, receivedAt: answer.receivedAt });
    const stored = createFileObjectStore({ directory: web.objectStoreDirectory });
    expect(await text(await stored.get(command.objectKey))).toBe(csv);
  });

  it('is taken with exactly 10 MiB, streamed, and refused with one byte more', async () => {
    expect((await send(bytes(MAX_STOCK_FILE_BYTES))).status).toBe(202);
    const stored = await objects();
    for (const body of [
      bytes(MAX_STOCK_FILE_BYTES + 1),
      Buffer.alloc(MAX_STOCK_FILE_BYTES + 1),
      Buffer.alloc(4 * MAX_STOCK_FILE_BYTES),
    ]) {
      const problem = await problemOf(await send(body));
      expect(problem).toMatchObject({ status: 413, code: 'STOCK_FILE.TOO_LARGE' });
      expect(problem.detail).toContain('/v1/stock-files/uploads');
    }
    expect(await objects()).toEqual(stored);
    expect(await unfinished()).toEqual([]);
    expect(await takeAll(stage.broker, INVENTORY_IMPORT_QUEUE, 1)).toHaveLength(1);
  });

  it('does not spoil the connection when it is refused half way', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const call = (method: string, path: string, body?: Readable): Promise<IncomingMessage> =>
      new Promise((resolve, reject) => {
        const headers = { 'content-type': 'text/csv', ...operator };
        const outgoing = request(`${web.url}${path}`, { method, agent, headers }, (response) => {
          response.resume().once('end', () => resolve(response));
        });
        outgoing.once('error', reject);
        if (body) body.pipe(outgoing);
        else outgoing.end();
      });
    const tooLarge = Readable.from([Buffer.alloc(MAX_STOCK_FILE_BYTES + 1), Buffer.alloc(MAX_STOCK_FILE_BYTES)]);
    const refused = await call('POST', '/v1/stock-files', tooLarge);
    const next = await call('GET', '/v1/queues');
    expect([refused.statusCode, next.statusCode]).toEqual([413, 200]);
    agent.destroy();
  });

  it('leaves nothing behind when its sender goes away half way', async () => {
    const stored = await objects();
    const call = request(`${web.url}/v1/stock-files`, {
      method: 'POST',
      headers: { 'content-type': 'text/csv', 'content-length': 1_000_000, ...operator },
    });
    call.on('error', () => undefined);
    call.write(Buffer.alloc(500_000));
    await until(async () => (await unfinished()).length === 1);
    call.destroy();
    await until(async () => (await unfinished()).length === 0);
    expect(await objects()).toEqual(stored);
  });

  it('is only taken from operators, and only as CSV', async () => {
    for (const authorization of ['', 'Bearer nobody', `Basic ${OPERATOR_KEY}`]) {
      const response = await send(csv, { authorization });
      expect(response.headers.get('www-authenticate')).toBe('Bearer realm="operator"');
      expect(await problemOf(response)).toMatchObject({ status: 401, code: 'AUTH.REQUIRED' });
    }
    for (const type of ['application/json', 'text/plain', 'multipart/form-data; boundary=x']) {
      expect(await problemOf(await send('{}', { 'content-type': type }))).toMatchObject({
        status: 415,
        code: 'REQUEST.MEDIA_TYPE',
      });
    }
    expect(await problemOf(await send(null))).toMatchObject({ status: 400, code: 'STOCK_FILE.EMPTY' });
  });

  it('is shown as received until its owner knows of it, and then as its owner shows it', async () => {
    const { id, receivedAt } = (await (await send(csv)).json()) as { id: string; receivedAt: string };
    inventory.behave(answerProblem(404));
    const counts = { rowsRead: 0, rowsImported: 0, rowsRejected: 0, rejections: [] };
    expect(await (await fetch(`${web.url}/v1/stock-files/${id}`)).json()).toEqual({
      id,
      state: 'received',
      bytes: csv.length,
      receivedAt,
      ...counts,
    });
    expect(await (await fetch(`${web.url}/v1/stock-files/${id}/rejections.csv`)).text()).toBe('line,reason\n');

    inventory.behave(answerJson({ id, state: 'imported', ...counts, rowsRead: 1 }));
    expect(await (await fetch(`${web.url}/v1/stock-files/${id}`)).json()).toMatchObject({
      state: 'imported',
      rowsRead: 1,
    });
    inventory.behave((_request, response) =>
      response.setHeader('content-type', 'text/csv').end('line,reason\n7,no count\n'),
    );
    const rejections = await fetch(`${web.url}/v1/stock-files/${id}/rejections.csv`);
    expect(rejections.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(await rejections.text()).toBe('line,reason\n7,no count\n');
    inventory.behave(answerProblem(500));
    for (const path of ['', '/rejections.csv']) {
      expect((await problemOf(await fetch(`${web.url}/v1/stock-files/${id}${path}`))).status).toBe(502);
    }
    for (const path of ['abc', 'abc/rejections.csv', '00000000-0000-8000-8000-000000000000']) {
      expect(await problemOf(await fetch(`${web.url}/v1/stock-files/${path}`))).toMatchObject({
        status: 404,
        code: 'STOCK_FILE.UNKNOWN',
      });
    }
    expect((await fetch(`${web.url}/v1/orders/${id}`)).status).toBe(404);
  });
});
