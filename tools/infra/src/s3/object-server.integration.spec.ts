import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isPortFree } from '../free-port.js';
import { whereAvailable } from '../programs/where-available.js';
import { startObjectServer } from './object-server.js';
import { versitygwProgram } from './versitygw-program.js';

const describeWithServer = await whereAvailable(describe, versitygwProgram);

describeWithServer('startObjectServer', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'looseleaf-test-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it('lets nobody in without its keys, and comes back on its port after a SIGKILL', async () => {
    const server = await startObjectServer({ directory });
    try {
      expect((await fetch(server.endpoint)).status).toBe(403);
      await server.kill();
      expect(server.pid).toBe(0);
      await expect(fetch(server.endpoint)).rejects.toThrow();
      await server.start();
      expect((await fetch(server.endpoint)).status).toBe(403);
    } finally {
      await server.stop();
    }
    expect(await isPortFree(Number(new URL(server.endpoint).port))).toBe(true);
  });

  it('keeps its keys with its data, in a file that only its user can read', async () => {
    const first = await startObjectServer({ directory });
    await first.stop();
    const second = await startObjectServer({ directory });
    await second.stop();
    expect(second.accessKeyId).toBe(first.accessKeyId);
    expect(second.secretAccessKey).toBe(first.secretAccessKey);
    expect(statSync(path.join(directory, 'root-keys.json')).mode & 0o777).toBe(0o600);
    expect(readdirSync(directory).sort()).toEqual(['objects', 'root-keys.json', 'server.log', 'versions']);
  });

  it('leaves nothing of a temporary folder', async () => {
    const server = await startObjectServer();
    await server.stop();
    expect(readdirSync(tmpdir())).not.toContain(path.basename(path.dirname(server.logFile)));
  });
});
