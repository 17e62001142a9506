import http from 'node:http';
import { keptConnections } from '@looseleaf/replay';

/** The status of a call that got no answer: the connection was refused or broke. */
export const NO_ANSWER = 0;

/** The longest that the web tier lets a caller wait is 29 s, so silence that is longer is a fault. */
const TIMEOUT_MS = 35_000;

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly headers?: http.OutgoingHttpHeaders;
  readonly body?: string | Buffer;
  /** Of another server than the client's own. */
  readonly origin?: string;
}

export interface HttpAnswer {
  /** {@link NO_ANSWER} when there was none; `body` then says why. */
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  /** Parsed when it is JSON, else the text. */
  readonly body: unknown;
}

/** HTTP over kept connections, cheap enough not to disturb the shop that it tests on the same machine. */
export class HttpClient {
  readonly #agent: http.Agent;
  readonly #target: http.RequestOptions;

  constructor(baseUrl: string, maxConnections = 512) {
    this.#agent = keptConnections(maxConnections);
    this.#target = { ...addressOf(baseUrl), agent: this.#agent, timeout: TIMEOUT_MS };
  }

  /** Never rejects: that there is no answer is an answer, too. */
  call({ method, path, headers = {}, body, origin }: HttpRequest): Promise<HttpAnswer> {
    return new Promise((resolve) => {
      const fail = (error: Error): void => resolve({ status: NO_ANSWER, headers: {}, body: error.message });
      const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
      const request = http.request(
        { ...this.#target, ...(origin && addressOf(origin)), method, path, headers: { ...headers, ...length } },
        (response) => {
          let text = '';
          response.setEncoding('utf8');
          response.on('data', (piece: string) => (text += piece));
          response.on('error', fail);
          response.on('end', () => {
            resolve({ status: response.statusCode!, headers: response.headers, body: parse(text, response.headers) });
          });
        },
      );
      request.on('timeout', () => request.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)));
      request.on('error', fail);
      request.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

function addressOf(url: string): http.RequestOptions {
  const { hostname, port } = new URL(url);
  return { host: hostname, port };
}

function parse(text: string, headers: http.IncomingHttpHeaders): unknown {
  return headers['content-type']?.includes('json') ? JSON.parse(text) : text;
}
