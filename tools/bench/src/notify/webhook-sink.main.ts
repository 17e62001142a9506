import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/*
 * Receives webhooks: answers 204 and notes how long each event took from when it happened, but for the path `/hang`, which
 * it never answers once it is told to. A process of its own, so that its work is not in the way of the measurement's.
 *
 * Takes `{ hang }` (begin anew) and `{ report: true }` (answered with the delays so far, in milliseconds).
 */
export interface Told {
  readonly hang?: boolean;
  readonly report?: boolean;
}
export interface Received {
  readonly delaysMs: number[];
}

let hang = false;
let delaysMs: number[] = [];

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    if (request.url === '/hang' && hang) return;
    const { timestamp } = JSON.parse(Buffer.concat(chunks).toString()) as { timestamp: string };
    // One that may hang is not counted when it does not, so that both rounds count the same subscriptions.
    if (request.url !== '/hang') delaysMs.push(Date.now() - Date.parse(timestamp));
    response.writeHead(204).end();
  });
});
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.on('message', (told: Told) => {
  if (told.hang !== undefined) [hang, delaysMs] = [told.hang, []];
  if (told.report) process.send?.({ delaysMs } satisfies Received);
});
process.once('disconnect', () => process.exit(0));
