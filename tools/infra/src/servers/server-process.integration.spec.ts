import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually } from '../eventually.js';
import { freePort, isPortFree } from '../free-port.js';
import { identify, isRunning } from '../process-identity.js';
import { ServerProcess, type ServerProcessOptions } from './server-process.js';

const BUILT = fileURLToPath(new URL('../../dist/servers/server-process.js', import.meta.url));

let directory: string;
const servers: ServerProcess[] = [];
beforeEach(() => (directory = mkdtempSync(path.join(tmpdir(), 'looseleaf-test-'))));
afterEach(async () => {
  for (const server of servers.splice(0)) await server.kill();
  rmSync(directory, { recursive: true, force: true });
});

function aServer(script: string, options: Partial<ServerProcessOptions> = {}): ServerProcess {
  const server = new ServerProcess({
    name: 'Test server',
    command: process.execPath,
    args: ['-e', script],
    cwd: directory,
    logFile: path.join(directory, 'server.log'),
    answers: async () => true,
    ...options,
  });
  servers.push(server);
  return server;
}

const listening = (port: number): string => `require('net').createServer().listen(${port}, '127.0.0.1')`;

describe('A server process', () => {
  it('has started when it answers, and can be started again', async () => {
    const port = await freePort();
    const server = aServer(listening(port), { answers: async () => !(await isPortFree(port)) });
    await server.start();
    const first = identify(server.pid)!;
    expect(await isPortFree(port)).toBe(false);
    await server.start();
    expect(server.pid).toBe(first.pid);
    await server.stop();
    expect([await isPortFree(port), isRunning(first), server.pid, await server.ended]).toEqual([
      true,
      false,
      0,
      'ended with SIGTERM',
    ]);
    await server.start();
    expect(server.isRunning).toBe(true);
  });

  it('that ends at once is an error, with the end of its log', async () => {
    const server = aServer(`for (let i = 1; i <= 30; i++) console.error('line', i); process.exit(3)`, {
      answers: async () => false,
    });
    await expect(server.start()).rejects.toMatchObject({
      code: 'SERVER.NOT_STARTED',
      message: expect.stringMatching(/^Test server ended with exit code 3\nline 16\n(.*\n)*line 30$/),
    });
  });

  it('that does not answer in time is ended', async () => {
    const server = aServer('setInterval(() => {}, 1000)', { answers: async () => false, startDeadlineMs: 300 });
    await expect(server.start()).rejects.toThrow('Test server did not answer within 300 ms');
    expect(server.pid).toBe(0);
  });

  it('cannot be mistaken for another one that has its port', async () => {
    const port = await freePort();
    const answers = async (): Promise<boolean> => !(await isPortFree(port));
    await aServer(listening(port), { answers }).start();
    const second = aServer(listening(port), {
      answers: async () => {
        await second.ended;
        return answers();
      },
    });
    await expect(second.start()).rejects.toThrow(/EADDRINUSE/);
  });

  it('that has no program is an error', async () => {
    const server = aServer('', { command: path.join(directory, 'no-such-program'), answers: async () => false });
    await expect(server.start()).rejects.toMatchObject({ code: 'SERVER.NOT_STARTED' });
  });

  it('is stopped also when it is frozen, and when it does not care for SIGTERM', async () => {
    const frozen = aServer('setInterval(() => {}, 1000)');
    await frozen.start();
    await frozen.kill('SIGSTOP');
    await frozen.stop();
    const stubborn = aServer(`process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log('deaf')`, {
      stopDeadlineMs: 100,
      answers: async () => readFileSync(path.join(directory, 'server.log'), 'utf8').includes('deaf'),
    });
    await stubborn.start();
    await stubborn.stop();
    expect([await frozen.ended, await stubborn.ended]).toEqual(['ended with SIGTERM', 'ended with SIGKILL']);
  });

  (process.platform === 'linux' ? it : it.skip)(
    'ends with the process that started it, however that ends',
    async () => {
      const script = `
      const { ServerProcess } = await import(${JSON.stringify(BUILT)});
      const server = new ServerProcess({
        name: 'Orphan', command: process.execPath, args: ['-e', 'setInterval(() => {}, 1000)'],
        cwd: '.', logFile: 'orphan.log', answers: async () => true,
      });
      await server.start();
      console.log(server.pid);
      setInterval(() => {}, 1000);`;
      const parent = spawn(process.execPath, ['--input-type=module', '-e', script], { cwd: directory });
      const [pid] = (await once(parent.stdout, 'data')) as [Buffer];
      const server = identify(Number(pid))!;
      parent.kill('SIGKILL');
      await eventually(() => expect(isRunning(server)).toBe(false));
    },
  );
});
