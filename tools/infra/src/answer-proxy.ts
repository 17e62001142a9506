import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { LOOPBACK } from './free-port.js';

/** A way to a server on loopback on which answers come to harm. */
export interface AnswerProxy {
  readonly port: number;
  /** Ends all connections. */
  close(): Promise<void>;
}

/**
 * Passes on what clients send as it is.
 * @param pass called for each connection; what it returns gets each piece of the server's answers, and passes it on or not
 */
export async function startAnswerProxy(
  serverPort: number,
  pass: (client: Socket) => (piece: Buffer) => void,
): Promise<AnswerProxy> {
  const clients = new Set<Socket>();
  const proxy = createServer({ noDelay: true }, (client) => {
    const server = connect(serverPort, LOOPBACK);
    clients.add(client);
    client.pipe(server);
    server.on('data', pass(client));
    client.on('error', () => undefined).once('close', () => server.destroy());
    server.on('error', () => undefined).once('close', () => client.destroy());
  }).listen(0, LOOPBACK);
  await once(proxy, 'listening');
  return {
    port: (proxy.address() as AddressInfo).port,
    close: async () => {
      const closed = once(proxy, 'close');
      proxy.close();
      for (const client of clients) client.destroy();
      await closed;
    },
  };
}
