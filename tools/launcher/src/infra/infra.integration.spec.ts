import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  eventually,
  identify,
  isRunning,
  redisProgram,
  toxiproxyProgram,
  whereAvailable,
  type ProcessIdentity,
} from '@looseleaf/infra';
import { builtFile } from '../data-directory/shop-paths.js';

const describeWithServers = await whereAvailable(describe, redisProgram, toxiproxyProgram);

/** What `--json` prints. */
interface Infra {
  readonly launcherPid: number;
  readonly servers: readonly { readonly name: string; readonly pid?: number; readonly restarts: number }[];
  readonly variables: Readonly<Record<string, string>>;
}

const launchers: ChildProcess[] = [];
let parent: string;
let directory: string;
beforeEach(() => {
  parent = mkdtempSync(path.join(tmpdir(), 'looseleaf-test-'));
  directory = path.join(parent, 'infra');
});
afterEach(async () => {
  for (const launcher of launchers.splice(0)) {
    if (launcher.exitCode !== null || launcher.signalCode !== null) continue;
    launcher.kill('SIGTERM');
    await once(launcher, 'exit');
  }
  rmSync(parent, { recursive: true, force: true });
});

function spawnInfra(command: string, ...args: string[]): ChildProcess {
  const program = builtFile('tools', 'launcher', 'main.js');
  return spawn(process.execPath, [program, 'infra', command, ...args, '--data-dir', directory], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
}

/** Runs a command to its end. */
async function infra(command: string, ...args: string[]): Promise<{ code: number; output: string; errors: string }> {
  const child = spawnInfra(command, ...args);
  let [output, errors] = ['', ''];
  child.stdout!.on('data', (chunk) => (output += String(chunk)));
  child.stderr!.on('data', (chunk) => (errors += String(chunk)));
  const [code] = (await once(child, 'close')) as [number];
  return { code, output, errors };
}

async function up(...parts: string[]): Promise<Infra> {
  const launcher = spawnInfra('up', ...parts, '--json');
  launchers.push(launcher);
  let [output, errors] = ['', ''];
  launcher.stdout!.on('data', (chunk) => (output += String(chunk)));
  launcher.stderr!.on('data', (chunk) => (errors += String(chunk)));
  return eventually(() => {
    if (launcher.exitCode !== null) throw new Error(`infra up ended: ${errors}`);
    return JSON.parse(output) as Infra;
  });
}

async function status(): Promise<Infra> {
  return JSON.parse((await infra('status', '--json')).output) as Infra;
}

function processesOf({ servers }: Infra): ProcessIdentity[] {
  return servers.map(({ pid }) => identify(pid!)!);
}

describeWithServers('looseleaf infra', () => {
  it('runs servers until it is told to stop, and says how to reach them', async () => {
    const running = await up('toxiproxy', 'redis');
    expect(running.servers.map(({ name }) => name)).toEqual(['redis', 'toxiproxy']);
    expect(running.variables).toEqual({
      CACHE: 'redis',
      REDIS_URL: expect.stringMatching(/^redis:\/\/:.+@127\.0\.0\.1:\d+$/),
      TOXIPROXY_URL: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
    });
    expect(await status()).toEqual(running);
    const processes = processesOf(running);
    expect(await infra('down')).toMatchObject({ code: 0, output: 'The servers are stopped.\n' });
    expect(processes.filter(isRunning)).toEqual([]);
    expect(await infra('down')).toMatchObject({ code: 0, output: expect.stringContaining('No servers run') });
    expect(await infra('status')).toMatchObject({ code: 1, errors: expect.stringContaining('INFRA.NOT_RUNNING') });
  });

  it('says where servers are that run already, and does not start others beside them', async () => {
    const running = await up('redis');
    const again = await infra('up', 'redis', '--json');
    expect(JSON.parse(again.output)).toEqual(running);
    expect(await infra('up', 'toxiproxy')).toMatchObject({
      code: 1,
      errors: expect.stringMatching(/INFRA\.ALREADY_RUNS: process \d+ already runs redis .*infra down/),
    });
  });

  it('starts a server again that ends by itself, at the same address', async () => {
    const running = await up('redis');
    process.kill(running.servers[0]!.pid!, 'SIGKILL');
    const after = await eventually(async () => {
      const now = await status();
      expect(now.servers).toMatchObject([{ pid: expect.any(Number), restarts: 1 }]);
      return now;
    });
    expect(after.variables).toEqual(running.variables);
    expect(after.servers[0]!.pid).not.toBe(running.servers[0]!.pid);
  });

  it('survives its own SIGKILL: servers end with it, also one that is frozen, and the next start has their data', async () => {
    const running = await up('redis', 'toxiproxy');
    const [redis, toxiproxy] = processesOf(running) as [ProcessIdentity, ProcessIdentity];
    process.kill(redis.pid, 'SIGSTOP');
    process.kill(running.launcherPid, 'SIGKILL');
    await eventually(() => expect(isRunning(toxiproxy)).toBe(false));
    const next = await up('redis');
    expect(isRunning(redis)).toBe(false);
    const password = (url = ''): string => new URL(url).password;
    expect(password(next.variables.REDIS_URL)).toBe(password(running.variables.REDIS_URL));
  });

  it('deletes data only in a directory of its own', async () => {
    directory = parent;
    expect(await infra('reset')).toMatchObject({ code: 1, errors: expect.stringContaining('RESET.NO_INFRA') });
    directory = path.join(parent, 'infra');
    await up('redis');
    expect(await infra('reset')).toMatchObject({ code: 0 });
    expect(existsSync(directory)).toBe(false);
  });
});
