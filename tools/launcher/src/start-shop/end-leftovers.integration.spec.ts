import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { identify, isRunning, type ProcessIdentity } from '@looseleaf/infra';
import { endLeftovers } from './end-leftovers.js';

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

async function startProcess(): Promise<ProcessIdentity> {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000); console.log("up")']);
  children.push(child);
  await once(child.stdout, 'data');
  return identify(child.pid!)!;
}

describe('endLeftovers', () => {
  it('ends what a killed launcher left behind, also what is frozen', async () => {
    const [running, frozen] = [await startProcess(), await startProcess()];
    process.kill(frozen.pid, 'SIGSTOP');
    expect(await endLeftovers([{ process: running }, { process: frozen }])).toBe(2);
    expect([running, frozen].filter(isRunning)).toEqual([]);
  });

  it('leaves a process alone that merely has the number of a former service', async () => {
    const stranger = await startProcess();
    expect(await endLeftovers([{ process: { ...stranger, startedAt: 'another time' } }])).toBe(0);
    expect(isRunning(stranger)).toBe(true);
  });

  it('passes over what had no process', async () => {
    expect(await endLeftovers([{}])).toBe(0);
  });
});
