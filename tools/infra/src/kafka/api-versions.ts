import net from 'node:net';
import { LOOPBACK } from '../free-port.js';

/** Length 10, request ApiVersions (18) version 0, correlation 1, no client id. */
const REQUEST = Buffer.from([0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 1, 0xff, 0xff]);
const TIMEOUT_MS = 1000;

/** Whether a node serves clients: it listens before it does, but answers only then. */
export function answersApiVersions(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ host: LOOPBACK, port });
    const answer = (answered: boolean): void => {
      socket.destroy();
      resolve(answered);
    };
    socket.setTimeout(TIMEOUT_MS, () => answer(false));
    socket.on('error', () => answer(false));
    socket.on('close', () => answer(false));
    socket.on('data', () => answer(true));
    socket.write(REQUEST);
  });
}
