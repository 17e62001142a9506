import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { putFile } from './put-file.js';

const BYTES = 3_000_000;

describe('A file that is put to an address', () => {
  let folder: string;
  let file: string;
  let server: Server;
  let url: string;
  let answers: ((request: IncomingMessage, response: ServerResponse) => void | Promise<void>)[];
  let progress: number[];

  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'put-file-'));
    file = path.join(folder, 'stock.csv');
    writeFileSync(file, Buffer.alloc(BYTES, 'x'));
    answers = [];
    progress = [];
    server = createServer((request, response) => void answers.shift()!(request, response)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/upload`;
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true });
  });

  const put = (signal = new AbortController().signal): Promise<void> =>
    putFile(
      file,
      { url, headers: { 'content-type': 'text/csv' } },
      { bytes: BYTES, onProgress: (sent) => progress.push(sent), pauseMs: 1, signal },
    );
  const answer = (status: number, code?: string) => async (request: IncomingMessage, response: ServerResponse) => {
    await buffer(request);
    response.writeHead(status).end(code && JSON.stringify({ code, detail: 'what to do' }));
  };
  const breakOff = (request: IncomingMessage): void => void request.once('data', () => request.destroy());

  it('arrives whole, with its size and type, and tells how far it is', async () => {
    let received: { headers: IncomingMessage['headers']; body: Buffer } | undefined;
    answers.push(async (request, response) => {
      received = { headers: request.headers, body: await buffer(request) };
      response.writeHead(201).end();
    });
    await put();
    expect(received!.body).toHaveLength(BYTES);
    expect(received!.headers).toMatchObject({ 'content-type': 'text/csv', 'content-length': String(BYTES) });
    expect(progress.length).toBeGreaterThan(10);
    expect(progress).toEqual([...progress].sort((left, right) => left - right));
    expect(progress.at(-1)).toBe(BYTES);
  });

  it('is put again when the connection breaks or the store is away', async () => {
    answers.push(breakOff, answer(503, 'OBJECT_STORE.UNAVAILABLE'), breakOff, answer(201));
    await put();
    expect(answers).toEqual([]);
  });

  it.each([409, 412])('had arrived when the second attempt is answered with %d', async (status) => {
    answers.push(breakOff, answer(status, 'UPLOAD.DONE'));
    await put();
  });

  it('has not arrived when the first attempt is refused, and is not put again', async () => {
    for (const [status, code] of [
      [409, 'UPLOAD.DONE'],
      [403, 'UPLOAD.EXPIRED'],
      [413, 'UPLOAD.TOO_LARGE'],
    ] as const) {
      answers.push(answer(status, code));
      await expect(put()).rejects.toMatchObject({ code, message: 'what to do' });
    }
  });

  it('is not sent to its end when it is refused before', async () => {
    answers.push((request, response) => {
      request.once('data', () => {
        request.pause();
        response.writeHead(403).end(JSON.stringify({ code: 'UPLOAD.SIGNATURE', detail: 'what to do' }));
      });
    });
    await expect(put()).rejects.toMatchObject({ code: 'UPLOAD.SIGNATURE' });
  });

  it('is given up after five attempts, with what to do next', async () => {
    answers.push(breakOff, breakOff, breakOff, breakOff, breakOff, answer(201));
    await expect(put()).rejects.toMatchObject({
      code: 'STOCK.NOT_UPLOADED',
      message: expect.stringContaining('Run the command again'),
    });
    expect(answers).toHaveLength(1);
  });

  it('is not put again when the user has interrupted it', async () => {
    const interruption = new AbortController();
    answers.push(() => interruption.abort(), answer(201));
    await expect(put(interruption.signal)).rejects.toMatchObject({ name: 'AbortError' });
    expect(answers).toHaveLength(1);
  });
});
