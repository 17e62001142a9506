import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { InfrastructureError } from './errors.js';

export const LOOPBACK = '127.0.0.1';

/**
 * Below the ranges from which operating systems take the local ports of outgoing connections (Linux from 32768, others
 * from 49152), so that a port stays free while the process that listens on it restarts.
 */
const LOWEST_PORT = 20_000;
const HIGHEST_PORT = 32_000;
const ATTEMPTS = 200;
/** Ports that this process has chosen: nobody may listen there yet, and still they are taken. */
const given = new Set<number>();

/**
 * A TCP port of 127.0.0.1 on which nobody listens now; never the same one twice in a process.
 * @throws InfrastructureError `PORT.NONE_FREE`
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = randomInt(LOWEST_PORT, HIGHEST_PORT);
    if (given.has(port)) continue;
    given.add(port);
    if (await isPortFree(port)) return port;
  }
  throw new InfrastructureError('PORT.NONE_FREE', `no free port found between ${LOWEST_PORT} and ${HIGHEST_PORT}`);
}

/** Whether a server could listen on that port of 127.0.0.1 now. */
export function isPortFree(port: number, host = LOOPBACK): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(false);
      else reject(error);
    });
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
