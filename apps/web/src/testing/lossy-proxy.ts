import { once } from 'node:events';
import { createServer, request, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** What becomes of a request: it arrives and is answered, it gets lost, or its answer does. */
export type Fate = 'pass' | 'lose the request' | 'lose the answer';

/** A network that can lose requests and answers, between a service and whoever calls it. */
export interface LossyProxy {
  readonly url: string;
  /** Decides on each request from now on, by its method and path. One that is not decided on yet is on its way. */
  decide(fate: (call: string) => Fate | Promise<Fate>): void;
  stop(): Promise<void>;
}

/** Starts a proxy that loses nothing until it is told otherwise. */
export async function startLossyProxy(targetUrl: string): Promise<LossyProxy> {
  let decide: (call: string) => Fate | Promise<Fate> = () => 'pass';
  const server = createServer((incoming, response) => {
    forward(targetUrl, incoming, response, decide).catch(() => incoming.socket.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    decide: (next) => {
      decide = next;
    },
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function forward(
  target: string,
  incoming: IncomingMessage,
  response: ServerResponse,
  decide: (call: string) => Fate | Promise<Fate>,
): Promise<void> {
  const { method = 'GET', url = '', headers } = incoming;
  const body = await buffer(incoming);
  const fate = await decide(`${method} ${url}`);
  if (fate === 'lose the request') throw new Error('lost');
  const { status, type, content } = await repeat(target + url, method, headers, body);
  if (fate === 'lose the answer') throw new Error('lost');
  response.writeHead(status, type).end(content);
}

async function repeat(
  url: string,
  method: string,
  headers: IncomingHttpHeaders,
  body: Buffer,
): Promise<{ status: number; type: IncomingHttpHeaders; content: Buffer }> {
  const call = request(url, { method, headers, agent: false });
  call.end(body);
  const [answer] = (await once(call, 'response')) as [IncomingMessage];
  return { status: answer.statusCode ?? 502, type: answer.headers, content: await buffer(answer) };
}
