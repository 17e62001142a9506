import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { freePort } from '../free-port.js';
import { findBinaries } from './binaries.js';
import { createDataDirectory, dataDirectoryAt, initialiseCluster } from './data-directory.js';
import { Postmaster } from './postmaster.js';
import { asSystemUser } from './privileges.js';
import { DEFAULT_SETTINGS, settingArguments } from './settings.js';

const asRoot = process.platform === 'linux' && process.getuid?.() === 0 ? describe : describe.skip;

asRoot('root without user namespaces', () => {
  let root: string;
  beforeEach(() => (root = mkdtempSync(path.join(tmpdir(), 'looseleaf-test-'))));
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it('runs the server as a system user, who owns the cluster', async () => {
    const directory = dataDirectoryAt(path.join(root, 'postgres'));
    createDataDirectory(directory);
    const privileges = asSystemUser(findBinaries(), directory.root, root);
    const password = initialiseCluster(directory, privileges);
    const port = await freePort();
    const serverArguments = ['-p', String(port), ...settingArguments(DEFAULT_SETTINGS)];
    const postmaster = Postmaster.launch(directory, privileges, serverArguments);
    const url = `postgresql://postgres:${password}@127.0.0.1:${port}/postgres`;
    try {
      expect(await postmaster.untilReady(() => answers(url), Date.now() + 20_000)).toBe(true);
      expect(statSync(directory.cluster).uid).toBe(privileges.owner!.uid);
      expect(statSync(`/proc/${postmaster.pid}`).uid).toBe(privileges.owner!.uid);
    } finally {
      await postmaster.stop();
    }
  });

  it('says what to do when that user cannot reach the data directory', () => {
    const directory = dataDirectoryAt(path.join(root, 'closed', 'postgres'));
    createDataDirectory(directory);
    expect(() => asSystemUser(findBinaries(), directory.root)).toThrow(
      expect.objectContaining({ code: 'POSTGRES.DIRECTORY_UNREACHABLE' }),
    );
  });
});

async function answers(connectionString: string): Promise<boolean> {
  const client = new pg.Client({ connectionString });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}
