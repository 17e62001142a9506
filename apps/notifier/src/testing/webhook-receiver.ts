import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A call that arrived. */
export interface ReceivedCall {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export type Answer = (call: ReceivedCall, response: ServerResponse) => void;

export const OK: Answer = (_call, response) => void response.writeHead(204).end();
export const HANG: Answer = () => undefined;
export const status =
  (code: number, headers: Record<string, string> = {}): Answer =>
  (_call, response) =>
    void response.writeHead(code, headers).end();

/** A real HTTP server on the loopback address that answers as it is told, and remembers what came. */
export class WebhookReceiver {
  readonly calls: ReceivedCall[] = [];
  answer: Answer = OK;
  readonly server = createServer((request, response) => void this.receive(request, response));

  private constructor(private port: number) {}

  static async start(port = 0): Promise<WebhookReceiver> {
    const receiver = new WebhookReceiver(port);
    await receiver.listen();
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/hook`;
  }

  async listen(): Promise<void> {
    this.server.listen(this.port, '127.0.0.1');
    await once(this.server, 'listening');
    this.port = (this.server.address() as AddressInfo).port;
  }

  /** Also while calls hang. */
  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    if (this.server.listening) await once(this.server, 'close');
  }

  /** How often each `webhook-id` came. */
  counts(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const { headers } of this.calls) {
      const id = String(headers['webhook-id']);
      counts.set(id, (counts.get(id) ?? 0) + 1);
    }
    return counts;
  }

  private async receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const call = { path: request.url ?? '', headers: request.headers, body };
    this.calls.push(call);
    this.answer(call, response);
  }
}
