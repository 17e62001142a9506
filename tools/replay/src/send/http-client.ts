import http from 'node:http';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  /** Parsed JSON; undefined when the body is empty or no JSON. */
  readonly body: unknown;
}

export interface HttpCall {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly path: string;
  readonly headers?: http.OutgoingHttpHeaders;
  readonly body?: string;
}

/**
 * Before the web tier closes it, also when it ends (after `shutdown.delaySeconds` of the chart, 6): a call on a connection that
 * is just being closed gets no answer.
 */
const MAX_IDLE_MS = 4_000;

/** Connections that are kept for the next calls, and closed in time. */
export function keptConnections(most: number): http.Agent {
  return new http.Agent({ keepAlive: true, maxSockets: most, timeout: MAX_IDLE_MS });
}

/**
 * HTTP over kept-alive connections. `node:http` and not `fetch`: the replay shares the machine with the shop that it
 * measures, and fetch costs several times the CPU a request.
 */
export class HttpClient {
  private readonly agent: http.Agent;
  private readonly host: string;
  private readonly port: string;

  /** @param timeoutMs the longest silence on a connection before the call fails */
  constructor(
    baseUrl: string,
    maxConnections: number,
    private readonly timeoutMs = 30_000,
  ) {
    const { hostname, port } = new URL(baseUrl);
    this.host = hostname;
    this.port = port || '80';
    this.agent = keptConnections(maxConnections);
  }

  /** Any status is an answer. @throws Error when there is none: no connection, a broken one, or silence */
  call({ method, path, headers, body }: HttpCall): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      const request = http.request(
        {
          agent: this.agent,
          host: this.host,
          port: this.port,
          method,
          path,
          timeout: this.timeoutMs,
          headers: { ...headers, ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }) },
        },
        (response) => {
          let text = '';
          response.setEncoding('utf8');
          response.on('data', (chunk: string) => (text += chunk));
          response.on('error', reject);
          response.on('end', () =>
            resolve({ status: response.statusCode!, headers: response.headers, body: parseJson(text) }),
          );
        },
      );
      request.on('timeout', () => request.destroy(new Error(`no answer within ${this.timeoutMs} ms`)));
      request.on('error', reject);
      request.end(body);
    });
  }

  close(): void {
    this.agent.destroy();
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
