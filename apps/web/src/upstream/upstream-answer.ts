import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { BadUpstreamAnswerError } from './upstream-error.js';

/** Answers are pages and single things; what is larger is not one of them. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

/** What the owner of the data answered, whatever its status. */
export interface UpstreamAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/**
 * Reads an answer to its end.
 * @param name of the service, for messages
 * @throws BadUpstreamAnswerError it is cut off, or too large
 */
export async function readAnswer(response: IncomingMessage, name: string): Promise<UpstreamAnswer> {
  return {
    status: response.statusCode ?? 0,
    contentType: response.headers['content-type'] ?? '',
    headers: response.headers,
    body: await readAll(response, name),
  };
}

async function readAll(response: IncomingMessage, name: string): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const piece of response as AsyncIterable<Buffer>) {
      bytes += piece.length;
      if (bytes > MAX_ANSWER_BYTES) throw new Error(`its answer is larger than ${MAX_ANSWER_BYTES} bytes`);
      pieces.push(piece);
    }
  } catch (cause) {
    throw new BadUpstreamAnswerError(name, 'its answer broke off', { cause });
  }
  return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
}
