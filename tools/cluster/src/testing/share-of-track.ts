import { once } from 'node:events';
import net from 'node:net';
import type { ClusterShop, Pod } from './cluster-shop.js';

const CONNECTIONS = 300;

/** Connections that a pod has on the port of its API, as the kernel lists them: state 01 is established. */
const COUNT = `
  import fs from 'node:fs';
  const port = (3000).toString(16).toUpperCase().padStart(4, '0');
  const lines = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => fs.readFileSync(file, 'utf8').split('\\n'));
  const fields = lines.map((line) => line.trim().split(/\\s+/));
  console.log(fields.filter(([, local, , state]) => local?.endsWith(':' + port) && state === '01').length);`;

/** Which share of new connections to the web tier a track gets, from 0 to 1. */
export async function shareOfTrack(shop: ClusterShop, track: string): Promise<number> {
  const pods = await shop.pods('web');
  const count = async (): Promise<number[]> => {
    const counts: number[] = [];
    // One by one: each is a process in a pod that serves customers.
    for (const pod of pods) counts.push(Number(await shop.evaluate(pod, COUNT)));
    return counts;
  };
  const before = await count();
  const { hostname, port } = new URL(shop.api.webUrl);
  const sockets = Array.from({ length: CONNECTIONS }, () => net.connect(Number(port), hostname));
  try {
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    const after = await count();
    // Customers close connections meanwhile.
    const got = pods.map((pod, index) => ({
      track: trackOf(pod),
      connections: Math.max(0, after[index]! - before[index]!),
    }));
    const ofTrack = got.filter((each) => each.track === track);
    return sum(ofTrack) / sum(got);
  } finally {
    for (const socket of sockets) socket.destroy();
  }
}

function trackOf({ metadata }: Pod): string | undefined {
  return metadata.labels?.['looseleaf.shop/track'];
}

function sum(all: readonly { readonly connections: number }[]): number {
  return all.reduce((total, { connections }) => total + connections, 0);
}
