import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ensureSecrets, readSecrets } from './secrets.js';
import { shopPaths, type ShopPaths } from './shop-paths.js';

let paths: ShopPaths;
beforeEach(() => (paths = shopPaths(mkdtempSync(path.join(tmpdir(), 'looseleaf-test-')))));
afterEach(() => rmSync(paths.root, { recursive: true, force: true }));

describe('ensureSecrets', () => {
  it('keeps the secrets in files that only their user can read', () => {
    ensureSecrets(paths);
    expect([paths.secrets, paths.operatorKey].map((file) => statSync(file).mode & 0o777)).toEqual([0o600, 0o600]);
  });

  it('makes another secret for each purpose, and the same ones at the next start', () => {
    const secrets = ensureSecrets(paths);
    const { rolePasswords, ...others } = secrets;
    const all = [...Object.values(rolePasswords), ...Object.values(others)];
    expect([all.length, new Set(all).size]).toEqual([11, 11]);
    expect(ensureSecrets(paths)).toEqual(secrets);
    expect(readFileSync(paths.operatorKey, 'utf8').trim()).toBe(secrets.operatorKey);
  });

  it('adds what a newer version needs and keeps the rest', () => {
    writeFileSync(paths.secrets, JSON.stringify({ idSecret: 'known', rolePasswords: { web: 'kept' } }));
    ensureSecrets(paths);
    expect(readSecrets(paths)).toMatchObject({
      idSecret: 'known',
      rolePasswords: { web: 'kept', orders: expect.any(String) },
      operatorKey: expect.any(String),
    });
  });
});
