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

/** Go names a program after the last part of its package's path. */
function programName(command: string): string {
  return path.posix.basename(command.replace(/@.*$/, ''));
}
