import { once } from 'node:events';
import { createServer, request, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** What becomes of a request: it arrives and is answered, it gets lost, or its answer does. */
export type Fate = 'pass' | 'lose the request' | 'lose the answer';

/** A network that can lose requests and answers, between a service and whoever calls it. */
export interface LossyProxy {
  readonly url: string;
  /** Decides on each request from now on, by its method and path. */
  decide(fate: (call: string) => Fate): void;
  stop(): Promise<void>;
}

/** Starts a proxy that loses nothing until it is told otherwise. */
export async function startLossyProxy(targetUrl: string): Promise<LossyProxy> {
  let decide: (call: string) => Fate = () => 'pass';
  const server = createServer((incoming, response) => {
    const fate = decide(`${incoming.method} ${incoming.url}`);
    if (fate === 'lose the request') incoming.socket.destroy();
    else forward(targetUrl, incoming, response, fate).catch(() => incoming.socket.destroy());
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

async function forward(target: string, incoming: IncomingMessage, response: ServerResponse, fate: Fate): Promise<void> {
  const { method = 'GET', url = '', headers } = incoming;
  const { status, type, content } = await repeat(target + url, method, headers, await buffer(incoming));
  if (fate === 'lose the answer') incoming.socket.destroy();
  else response.writeHead(status, type).end(content);
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
