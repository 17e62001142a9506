import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { onPath, type Installer } from './program.js';
import { runCommand } from './run-command.js';

/**
 * Builds a program from the Go module proxy, which takes a minute or more.
 * @param command package and version, as in `go install`: `github.com/owner/name/cmd/server@v1.2.3`
 * @param file the name that the program gets in its folder
 */
export function withGo(command: string, file: string): Installer {
  return {
    name: 'Go',
    missing: () => (onPath('go') ? [] : ['go (https://go.dev/dl)']),
    install: async (folder, onProgress) => {
      // Built aside and renamed, so that an interrupted build is never mistaken for the program.
      const aside = mkdtempSync(path.join(folder, 'build-'));
      try {
        await runCommand('go', ['install', command], { env: { GOBIN: aside, CGO_ENABLED: '0' }, onProgress });
        renameSync(path.join(aside, programName(command)), path.join(folder, file));
      } finally {
        rmSync(aside, { recursive: true, force: true });
      }
    },
  };
}

/**
 * As {@link withGo}, for a program whose `go.mod` replaces modules, which `go install` refuses: built inside its module.
 * @param module and version: `github.com/owner/name@v1.2.3`
 * @param command its package in the module: `./cmd/name`
 */
export function withGoModule(module: string, command: string, file: string): Installer {
  return {
    ...withGo(module, file),
    install: async (folder, onProgress) => {
      const lines: string[] = [];
      await runCommand('go', ['mod', 'download', '-json', module], { onProgress: (line) => lines.push(line) });
      const { Dir: cwd } = JSON.parse(lines.join('')) as { Dir: string };
      const aside = mkdtempSync(path.join(folder, 'build-'));
      try {
        const env = { CGO_ENABLED: '0', GOWORK: 'off' };
        await runCommand('go', ['build', '-o', path.join(aside, file), command], { cwd, env, onProgress });
        renameSync(path.join(aside, file), path.join(folder, file));
      } finally {
        rmSync(aside, { recursive: true, force: true });
      }
    },
  };
}

/** Go names a program after the last part of its package's path. */
function programName(command: string): string {
  return path.posix.basename(command.replace(/@.*$/, ''));
}
