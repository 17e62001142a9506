import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileLockHolder, tryFileLock, withFileLock } from './file-lock.js';
import { identify } from './process-identity.js';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'looseleaf-test-'));
  file = path.join(folder, 'lock');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('A file lock', () => {
  it('is held by one caller at a time, also within a process', async () => {
    let running = 0;
    let most = 0;
    let waited = 0;
    const work = async (): Promise<void> => {
      most = Math.max(most, ++running);
      await new Promise(setImmediate);
      running--;
    };
    await Promise.all(Array.from({ length: 4 }, () => withFileLock(file, work, () => waited++)));
    expect([most, waited]).toEqual([1, 3]);
    expect(existsSync(file)).toBe(false);
  });

  it('is given back when the work fails', async () => {
    await expect(withFileLock(file, () => Promise.reject(new Error('no network')))).rejects.toThrow('no network');
    expect(fileLockHolder(file)).toBeUndefined();
  });

  it('names its holder to who comes later', async () => {
    const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    try {
      const holder = identify(other.pid!)!;
      writeFileSync(file, JSON.stringify(holder));
      expect(await tryFileLock(file)).toEqual(holder);
      expect(fileLockHolder(file)).toEqual(holder);
    } finally {
      other.kill('SIGKILL');
    }
  });

  it.each([
    ['a process that has ended', deadProcess],
    ['a process whose number belongs to another one now', async () => ({ pid: process.ppid, startedAt: 'before' })],
    ['a machine that crashed while it was written', async () => ''],
  ])('is taken over from %s, by one', async (_, former) => {
    const left = await former();
    writeFileSync(file, left === '' ? '' : JSON.stringify(left));
    const taken = await Promise.all([tryFileLock(file), tryFileLock(file)]);
    expect(taken.filter((each) => typeof each === 'function')).toHaveLength(1);
    expect(fileLockHolder(file)?.pid).toBe(process.pid);
  });

  it('that another process has taken meanwhile is not given back for it', async () => {
    const release = await tryFileLock(file);
    writeFileSync(file, JSON.stringify(identify(process.ppid)));
    if (typeof release === 'function') release();
    expect(fileLockHolder(file)?.pid).toBe(process.ppid);
  });
});

async function deadProcess(): Promise<unknown> {
  const child = spawn(process.execPath, ['-e', '']);
  const identity = identify(child.pid!);
  await once(child, 'exit');
  return identity;
}
