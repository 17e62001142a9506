import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { identify, isRunning, type ProcessIdentity } from '@looseleaf/infra';
import { shopPaths, type ShopPaths } from '../data-directory/shop-paths.js';
import { writeState, type ServiceState } from '../data-directory/shop-state.js';
import { endLeftovers } from './end-leftovers.js';

let paths: ShopPaths;
const children: ChildProcess[] = [];
beforeEach(() => (paths = shopPaths(mkdtempSync(path.join(tmpdir(), 'looseleaf-test-')))));
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(paths.root, { recursive: true, force: true });
});

async function startProcess(): Promise<ProcessIdentity> {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000); console.log("up")']);
  children.push(child);
  await once(child.stdout, 'data');
  return identify(child.pid!)!;
}

function record(services: ProcessIdentity[], mail?: ProcessIdentity): void {
  const service: Omit<ServiceState, 'process'> = {
    name: 'orders',
    replica: 1,
    managementUrl: '',
    phase: 'running',
    restarts: 0,
    logFile: '',
  };
  writeState(paths, {
    launcher: { pid: 1, startedAt: 'long ago' },
    startedAt: new Date().toISOString(),
    webUrl: '',
    services: services.map((recorded) => ({ ...service, process: recorded })),
    mail: { ...service, name: 'mail', smtpPort: 0, url: '', ...(mail && { process: mail }) },
    postgres: { pid: 0, port: 0, restarts: 0, superuserUrl: '' },
    environments: {},
  });
}

describe('endLeftovers', () => {
  it('ends the services and the mail catcher that a killed launcher left behind, also a frozen one', async () => {
    const [running, frozen] = [await startProcess(), await startProcess()];
    process.kill(frozen.pid, 'SIGSTOP');
    record([running], frozen);
    expect(await endLeftovers(paths)).toBe(2);
    expect([running, frozen].filter(isRunning)).toEqual([]);
  });

  it('leaves a process alone that merely has the number of a former service', async () => {
    const stranger = await startProcess();
    record([{ ...stranger, startedAt: 'another time' }]);
    expect(await endLeftovers(paths)).toBe(0);
    expect(isRunning(stranger)).toBe(true);
  });

  it('finds nothing to do in a new directory', async () => {
    expect(await endLeftovers(paths)).toBe(0);
  });
});
