import { existsSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { onPath, type Program } from '../programs/program.js';
import { runCommand } from '../programs/run-command.js';

const VERSION = '3.3.30';
/** Written last: an interrupted installation is not taken for the program. */
const COMPLETE = 'complete';

/** Policies for manifests, in Python. */
export const checkovProgram: Program = {
  name: `checkov-${VERSION}`,
  find: (folder) =>
    onPath('checkov') ?? (existsSync(path.join(folder, COMPLETE)) ? path.join(folder, 'bin/checkov') : undefined),
  installers: [
    {
      name: 'pip',
      missing: () => (onPath('python3') ? [] : ['python3']),
      install: async (folder, onProgress) => {
        rmSync(folder, { recursive: true, force: true });
        await runCommand('python3', ['-m', 'venv', folder], { onProgress });
        const python = path.join(folder, 'bin/python3');
        await runCommand(python, ['-m', 'pip', 'install', '--no-input', `checkov==${VERSION}`], { onProgress });
        writeFileSync(path.join(folder, COMPLETE), '');
      },
    },
  ],
  advice: `Install Python 3.9 or newer with venv, or put checkov ${VERSION} on PATH (https://www.checkov.io).`,
};
