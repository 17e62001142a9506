import { createServer } from 'node:net';
import { once } from 'node:events';
import { freePort, isPortFree } from './free-port.js';

describe('A free port', () => {
  it('is never given twice, though nobody listens there yet', async () => {
    const ports = await Promise.all(Array.from({ length: 400 }, () => freePort()));
    expect(new Set(ports).size).toBe(ports.length);
  });

  it('is one on which nobody listens', async () => {
    const port = await freePort();
    const server = createServer().listen(port, '127.0.0.1');
    await once(server, 'listening');
    expect(await isPortFree(port)).toBe(false);
    server.close();
    await once(server, 'close');
    expect(await isPortFree(port)).toBe(true);
  });
});
