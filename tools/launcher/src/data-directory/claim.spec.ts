import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { identify } from '@looseleaf/infra';
import { claimDataDirectory, runningLauncher } from './claim.js';
import { readShop } from './read-shop.js';
import { shopPaths, type ShopPaths } from './shop-paths.js';

let paths: ShopPaths;
beforeEach(() => (paths = shopPaths(mkdtempSync(path.join(tmpdir(), 'looseleaf-test-')))));
afterEach(() => rmSync(paths.root, { recursive: true, force: true }));

describe('claimDataDirectory', () => {
  it('refuses a directory that a living launcher uses, and says how to have two shops', async () => {
    const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    try {
      writeFileSync(paths.claim, JSON.stringify(identify(other.pid!)));
      await expect(claimDataDirectory(paths)).rejects.toMatchObject({
        code: 'SHOP.ALREADY_RUNS',
        message: expect.stringContaining('--data-dir'),
      });
    } finally {
      other.kill('SIGKILL');
    }
  });

  it('takes the directory over from a launcher that was killed, also when its number belongs to another process now', async () => {
    writeFileSync(paths.claim, JSON.stringify({ pid: process.ppid, startedAt: 'before' }));
    const release = await claimDataDirectory(paths);
    expect(runningLauncher(paths)?.pid).toBe(process.pid);
    release();
    expect(existsSync(paths.claim)).toBe(false);
  });

  it('lets one of two have a directory that a dead launcher left', async () => {
    const dead = spawn(process.execPath, ['-e', '']);
    const identity = identify(dead.pid!);
    await once(dead, 'exit');
    writeFileSync(paths.claim, JSON.stringify(identity));
    const claims = await Promise.allSettled([claimDataDirectory(paths), claimDataDirectory(paths)]);
    expect(claims.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });
});

describe('readShop', () => {
  it('says how to start a shop where none runs', () => {
    expect(() => readShop(paths.root)).toThrow(
      expect.objectContaining({ code: 'SHOP.NOT_RUNNING', message: expect.stringContaining('npm start') }),
    );
  });
});
