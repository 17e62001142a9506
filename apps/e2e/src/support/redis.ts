import { once } from 'node:events';
import { connect } from 'node:net';
import type { RunningShop } from '@looseleaf/launcher';
import { until } from './until.js';

/** Makes the shop's Redis forget everything, as soon as it answers. */
export async function flushRedis({ environments }: RunningShop): Promise<void> {
  const url = new URL(environments.orders!.REDIS_URL!);
  await until('Redis has forgotten everything', () => flush(url));
}

async function flush({ hostname, port, password }: URL): Promise<boolean> {
  const socket = connect({ host: hostname, port: Number(port) });
  try {
    await once(socket, 'connect');
    socket.end(`AUTH ${password}\r\nFLUSHALL\r\nQUIT\r\n`);
    const answer = (await socket.setEncoding('utf8').toArray()).join('');
    return answer.startsWith('+OK\r\n+OK\r\n');
  } catch {
    return false; // it is not back yet
  } finally {
    socket.destroy();
  }
}
