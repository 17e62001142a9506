import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Program } from './program.js';
import { UNAVAILABLE_VARIABLE, whereAvailable } from './where-available.js';

const before = process.env;
let cache: string;
beforeEach(() => {
  cache = mkdtempSync(path.join(tmpdir(), 'looseleaf-test-'));
  process.env = { ...before, LOOSELEAF_CACHE: cache };
  delete process.env.CI;
});
afterEach(() => {
  process.env = before;
  rmSync(cache, { recursive: true, force: true });
});

const present: Program = { name: 'present-1', find: () => '/usr/bin/present', installers: [], advice: '' };
const absent: Program = { name: 'absent-1', find: () => undefined, installers: [], advice: 'Buy one.' };

describe('A suite that needs a server', () => {
  it('runs where all its programs are', async () => {
    expect(await whereAvailable(describe, present, present)).toBe(describe);
  });

  it('is skipped where one of them cannot be had', async () => {
    expect(await whereAvailable(describe, present, absent)).toBe(describe.skip);
  });

  it('fails instead on a machine that judges', async () => {
    process.env.CI = 'true';
    await expect(whereAvailable(describe, absent)).rejects.toMatchObject({
      code: 'PROGRAM.UNAVAILABLE',
      message: expect.stringContaining('Buy one.'),
    });
  });

  it('does not try again what is known to be in vain', async () => {
    let attempts = 0;
    const program: Program = { ...absent, find: () => void attempts++ };
    process.env[UNAVAILABLE_VARIABLE] = JSON.stringify({ 'absent-1': 'no network' });
    expect(await whereAvailable(describe, program)).toBe(describe.skip);
    expect(attempts).toBe(0);
    process.env.CI = 'true';
    await expect(whereAvailable(describe, program)).rejects.toThrow('no network');
  });
});
