import { createReadStream } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { LauncherError } from '../common/launcher-error.js';

const ATTEMPTS = 5;
const PAUSE_MS = 1_000;
/** The address takes one upload: this answers a second one, whatever store it is. */
const ALREADY_THERE = [409, 412];
const WORTH_ANOTHER_TRY = [500, 502, 503, 504];

/** A pre-signed upload, as it was answered. */
export interface Upload {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface PutFileOptions {
  /** Of the file. */
  readonly bytes: number;
  /** Called with the bytes sent so far; begins anew with each attempt. */
  readonly onProgress: (sentBytes: number) => void;
  readonly signal: AbortSignal;
  /** Before the second attempt, and longer before each further one. */
  readonly pauseMs?: number;
}

/**
 * Puts a file to a pre-signed address, as a stream, and again when the connection breaks or the store is away: the address
 * takes the file once, so that a second attempt whose first one had arrived is told so.
 * @throws LauncherError `STOCK.NOT_UPLOADED`, or the problem that was answered
 */
export async function putFile(file: string, upload: Upload, options: PutFileOptions): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const { status, problem } = await tryToPut(file, upload, options);
    if (status !== undefined && (status < 300 || (attempt > 1 && ALREADY_THERE.includes(status)))) return;
    if (status !== undefined && !WORTH_ANOTHER_TRY.includes(status)) throw problem;
    if (attempt === ATTEMPTS) throw problem;
    await sleep((options.pauseMs ?? PAUSE_MS) * attempt, undefined, { signal: options.signal });
  }
}

/** @returns no status when there was no answer */
async function tryToPut(
  file: string,
  upload: Upload,
  options: PutFileOptions,
): Promise<{ status?: number; problem: LauncherError }> {
  try {
    const { status, body } = await put(file, upload, options);
    return { status, problem: refusal(status, body) };
  } catch (cause) {
    if (options.signal.aborted) throw cause;
    const message = `the file could not be uploaded, after ${ATTEMPTS} attempts: ${String(cause)}. Run the command again`;
    return { problem: new LauncherError('STOCK.NOT_UPLOADED', message, { cause }) };
  }
}

/** Resolves with the answer; one that comes before all is sent ends the sending. */
function put(
  file: string,
  { url, headers }: Upload,
  { bytes, onProgress, signal }: PutFileOptions,
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    // On a connection that is to be kept: one that is to be closed is, when an answer comes early, closed before it is heard.
    const request = url.startsWith('https:') ? httpsRequest : httpRequest;
    const call = request(url, {
      method: 'PUT',
      headers: { ...headers, 'content-length': bytes },
      signal,
    });
    const content = createReadStream(file);
    let sentBytes = 0;
    content.on('data', (piece) => onProgress((sentBytes += piece.length)));
    content.once('error', (error) => call.destroy(error));
    call.once('error', (error) => {
      content.destroy();
      reject(error);
    });
    call.once('response', (response) => {
      content.unpipe(call).destroy();
      text(response)
        .then((body) => resolve({ status: response.statusCode!, body }), reject)
        .finally(() => call.destroy());
    });
    content.pipe(call);
  });
}

function refusal(status: number, body: string): LauncherError {
  try {
    const { code, detail } = JSON.parse(body) as { code: string; detail: string };
    return new LauncherError(code, detail);
  } catch {
    return new LauncherError(`HTTP.${status}`, `the object store refused the file: ${body.slice(0, 500)}`);
  }
}
