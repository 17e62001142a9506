import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isExecutable, obtain, onPath, type Installer, type Program } from './program.js';

const before = process.env;
let cache: string;
beforeEach(() => {
  cache = mkdtempSync(path.join(tmpdir(), 'looseleaf-test-'));
  process.env = { ...before, LOOSELEAF_CACHE: cache };
});
afterEach(() => {
  process.env = before;
  rmSync(cache, { recursive: true, force: true });
});

/** Is there once a file of its name is in its folder. */
function aProgram(...installers: Installer[]): Program {
  return {
    name: 'tool-1',
    find: (folder) => [path.join(folder, 'tool')].find(existsSync),
    installers,
    advice: 'Put "tool" on PATH.',
  };
}

function anInstaller(name: string, work: (folder: string) => void = install, missing: string[] = []): Installer {
  return { name, missing: () => missing, install: async (folder) => work(folder) };
}

function install(folder: string): void {
  writeFileSync(path.join(folder, 'tool'), '');
}

function fail(): never {
  throw new Error('no network');
}

describe('Obtaining a program', () => {
  it('takes the first way that works, and says which', async () => {
    const told: string[] = [];
    const program = aProgram(
      anInstaller('Maven', install, ['java 17']),
      anInstaller('npm', fail),
      anInstaller('Go'),
      anInstaller('apt', () => fail()),
    );
    expect(await obtain(program, (text) => told.push(text))).toBe(path.join(cache, 'tool-1/tool'));
    expect(told).toEqual(['tool-1: installing with npm', 'tool-1: installing with Go']);
  });

  it('installs once, however many want it at the same time', async () => {
    let installed = 0;
    const program = aProgram(
      anInstaller('Go', (folder) => {
        installed++;
        install(folder);
      }),
    );
    await Promise.all([obtain(program), obtain(program), obtain(program)]);
    await obtain(program);
    expect(installed).toBe(1);
  });

  it('says what each way lacked, and what to do, when none works', async () => {
    const program = aProgram(
      anInstaller('Maven', install, ['java 17', 'mvn']),
      anInstaller('npm', fail),
      anInstaller('Go', () => undefined),
    );
    await expect(obtain(program)).rejects.toMatchObject({
      code: 'PROGRAM.UNAVAILABLE',
      message:
        'tool-1 could not be installed (with Maven: java 17 and mvn missing; with npm: no network; ' +
        'with Go: installed, but not found afterwards). Put "tool" on PATH.',
    });
  });
});

describe('PATH', () => {
  it('is searched for executable files', () => {
    process.env.PATH = ['/nowhere', cache].join(path.delimiter);
    writeFileSync(path.join(cache, 'tool'), '');
    expect(onPath('tool')).toBeUndefined();
    chmodSync(path.join(cache, 'tool'), 0o755);
    expect(onPath('tool')).toBe(path.join(cache, 'tool'));
    expect(isExecutable(cache)).toBe(false);
  });
});
