import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a stand-in does with a request. */
export type Behaviour = (request: IncomingMessage, response: ServerResponse) => void;

/** A real HTTP server in the place of another service, to bring about the answers that a healthy one never gives. */
export interface StandIn {
  readonly url: string;
  /** The requests so far, as `METHOD path`. */
  readonly requests: string[];
  /** What it does from now on. */
  behave(behaviour: Behaviour): void;
  /** Takes no connections from now on, and drops those that are open. */
  disappear(): Promise<void>;
  /** Listens again, at the same address. */
  comeBack(): Promise<void>;
}

/** Starts a stand-in that answers 404 until it is told otherwise. */
export async function startStandIn(): Promise<StandIn> {
  let behaviour: Behaviour = answerProblem(404);
  const requests: string[] = [];
  const listener: RequestListener = (request, response) => {
    requests.push(`${request.method} ${request.url}`);
    behaviour(request, response);
  };
  let server = await listen(listener, 0);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    behave: (next) => {
      behaviour = next;
    },
    disappear: () => close(server),
    comeBack: async () => {
      server = await listen(listener, port);
    },
  };
}

async function listen(listener: RequestListener, port: number): Promise<Server> {
  const server = createServer(listener).listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

async function close(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}

/** Answers 200 with JSON. */
export function answerJson(body: unknown): Behaviour {
  return (_request, response) => {
    response.setHeader('content-type', 'application/json; charset=utf-8').end(JSON.stringify(body));
  };
}

/** Answers with a problem of this status. */
export function answerProblem(status: number, code = 'STAND_IN.SAYS_NO'): Behaviour {
  return (_request, response) => {
    response.statusCode = status;
    response.setHeader('content-type', 'application/problem+json').end(JSON.stringify({ status, code }));
  };
}

/** Takes the request and never answers, as a stopped process does. */
export const hang: Behaviour = () => undefined;
