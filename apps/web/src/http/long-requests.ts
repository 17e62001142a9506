import { STATUS_CODES, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { createProblem } from '@looseleaf/service-kit';

/** Connections whose current request may take longer than the others may. */
const long = new WeakSet<Socket>();

/** As nginx has it (lingering_time). */
const LINGER_MS = 30_000;
const TIMED_OUT = 'ERR_HTTP_REQUEST_TIMEOUT';
const REFUSALS: Readonly<Record<string, readonly [status: number, code: string, detail: string]>> = {
  [TIMED_OUT]: [408, 'REQUEST.TIMEOUT', 'The request did not arrive in time.'],
  HPE_HEADER_OVERFLOW: [431, 'REQUEST.HEADERS_TOO_LARGE', 'The headers are too large.'],
};
const MALFORMED = [400, 'REQUEST.MALFORMED', 'The request is not HTTP.'] as const;

/**
 * Lets a request take as long as its body goes on coming: the server's time for whole requests does not hold for it.
 * @param idleMs after so long without a byte, the connection is closed
 */
export function allowLong(request: IncomingMessage, idleMs: number): void {
  const { socket } = request;
  long.add(socket);
  request.setTimeout(idleMs, () => request.destroy(new Error(`nothing came for ${idleMs} ms`)));
  // What follows, such as syncing a large file, may also take its time.
  request.once('end', () => request.setTimeout(0));
  request.once('close', () => long.delete(socket));
}

/**
 * Reads and drops what is left of a request that is refused, since the connection has no place for the next request, and many
 * senders no ear for the answer, until it is through. One that goes on sending is cut off.
 */
export function dropRest(request: IncomingMessage): void {
  if (request.destroyed) return;
  request.resume();
  const timer = setTimeout(() => request.destroy(), LINGER_MS).unref();
  request.once('close', () => clearTimeout(timer));
}

/** Fastify's `clientErrorHandler`: answers what is no request (any more), where there is still someone to answer. */
export function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  const { code = '' } = error;
  if (code === TIMED_OUT && long.has(socket)) return;
  if (code === 'ECONNRESET' || socket.destroyed) return;
  if (socket.writable) {
    const problem = createProblem(...(REFUSALS[code] ?? MALFORMED));
    const body = JSON.stringify(problem);
    const headers = `content-type: application/problem+json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close`;
    socket.write(`HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\n${headers}\r\n\r\n${body}`);
  }
  socket.destroy(error);
}
