import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Of `ReadyForQuery`, which ends each answer of the server. */
const READY_BYTES = 6;
const LATER_MS = 20;

/**
 * A way to a server on which the end of each answer comes later than the rest, as it may on any network.
 * @returns the URL to use instead of `url`
 */
export async function slowReadiness(url: string): Promise<{ url: string; close(): Promise<void> }> {
  const { hostname, port } = new URL(url);
  const sockets = new Set<Socket>();
  const proxy = createServer({ noDelay: true }, (client) => {
    const server = connect(Number(port), hostname);
    for (const socket of [client, server]) {
      sockets.add(
        socket.on('error', () => undefined).on('close', () => [client, server].forEach((end) => end.destroy())),
      );
    }
    client.pipe(server);
    let before = Promise.resolve();
    server.on('data', (answer) => {
      before = before.then(async () => {
        client.write(answer.subarray(0, -READY_BYTES));
        await sleep(LATER_MS);
        client.write(answer.subarray(-READY_BYTES));
      });
    });
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const way = new URL(url);
  way.port = String((proxy.address() as AddressInfo).port);
  return {
    url: way.href,
    close: async () => {
      sockets.forEach((socket) => socket.destroy());
      proxy.close();
      await once(proxy, 'close');
    },
  };
}
