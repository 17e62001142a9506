import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { LOOPBACK } from '../free-port.js';
import { whereAvailable } from '../programs/where-available.js';
import { answersPing } from './answers-ping.js';
import { redisProgram } from './redis-program.js';
import { startRedis, type RedisServer, type RedisSettings } from './redis-server.js';

const describeOnRedis = await whereAvailable(describe, redisProgram);

describeOnRedis('A Redis server', () => {
  let directory: string;
  let server: RedisServer;
  beforeEach(() => void (directory = mkdtempSync(path.join(tmpdir(), 'looseleaf-test-'))));
  afterEach(async () => {
    await server.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  it('answers those who have the password, which only its user can read', async () => {
    server = await startRedis({ directory });
    expect(await answersPing(server.port, server.password)).toBe(true);
    expect(await answersPing(server.port, 'guess')).toBe(false);
    const files = readdirSync(directory).filter((file) => file !== 'server.log');
    expect(files).toEqual(['password', 'redis.conf']);
    for (const file of files) expect(statSync(path.join(directory, file)).mode & 0o777).toBe(0o600);
  });

  it.each<[string, RedisSettings, string]>([
    ['comes back empty', {}, '$-1'],
    ['keeps what its settings persist', { appendonly: 'yes', appendfsync: 'always' }, 'kept'],
  ])('%s after a SIGKILL, on the same port', async (_, settings, expected) => {
    server = await startRedis({ directory, settings });
    await ask(server, 'SET note kept');
    await server.kill();
    expect(server.pid).toBe(0);
    await server.start();
    expect(await ask(server, 'GET note')).toContain(expected);
  });

  it('has the same password and data at a later start in its folder', async () => {
    const settings = { appendonly: 'yes' };
    server = await startRedis({ directory, settings });
    await ask(server, 'SET note kept');
    await server.stop();
    const { password } = server;
    server = await startRedis({ directory, settings });
    expect(server.password).toBe(password);
    expect(await ask(server, 'GET note')).toContain('kept');
  });

  it('says why it does not start, and leaves nothing behind', async () => {
    server = await startRedis();
    const folder = path.dirname(server.logFile);
    await expect(startRedis({ directory, settings: { nonsense: 1 } })).rejects.toMatchObject({
      code: 'SERVER.NOT_STARTED',
      message: expect.stringContaining('nonsense'),
    });
    await server.stop();
    expect(existsSync(folder)).toBe(false);
  });
});

/** What the server answers to one command, as it comes over the wire. */
function ask({ port, password }: RedisServer, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: LOOPBACK });
    let answer = '';
    socket.once('error', reject);
    socket.setEncoding('utf8').on('data', (chunk: string) => void (answer += chunk));
    socket.once('end', () => resolve(answer));
    socket.write(`AUTH ${password}\r\n${command}\r\nQUIT\r\n`);
  });
}
