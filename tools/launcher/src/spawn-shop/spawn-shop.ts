import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LauncherError } from '../common/launcher-error.js';
import { readShop, type RunningShop } from '../data-directory/read-shop.js';
import { REPOSITORY } from '../data-directory/shop-paths.js';
import { readStatus } from '../operate/show-status.js';

const LAUNCHER = path.join(REPOSITORY, 'tools/launcher/dist/main.js');
const READY_DEADLINE_MS = 120_000;
const POLL_MS = 50;

/** A shop of its own, for a test or a measurement: a free port, a data directory that is removed with it. */
export interface SpawnedShop {
  /** The launcher's process. */
  readonly launcher: ChildProcess;
  readonly dataDirectory: string;
  /** Read anew at each call: processes are restarted. */
  shop(): RunningShop;
  /** Resolves when every process is ready. */
  ready(): Promise<void>;
  /** Ends the shop as Ctrl-C does, and removes its data. */
  stop(): Promise<void>;
}

/**
 * Flags for every shop that tests start, before their own, so that the same tests run on other backing services:
 * `LOOSELEAF_TEST_FLAGS="--broker kafka --cache redis --object-store s3" npm test -- apps/e2e`.
 */
const FLAGS_VARIABLE = 'LOOSELEAF_TEST_FLAGS';

export interface SpawnShopOptions {
  /** As on the command line, for example `['--replicas', 'web=2']`. */
  readonly arguments?: readonly string[];
  /** A data directory to use and to keep; default: a new one that `stop` removes. */
  readonly dataDirectory?: string;
}

/**
 * Starts a shop in processes of its own and waits until it is ready.
 * @throws LauncherError `SHOP.NOT_READY` with the launcher's output
 */
export async function spawnShop(options: SpawnShopOptions = {}): Promise<SpawnedShop> {
  const dataDirectory = options.dataDirectory ?? (await mkdtemp(path.join(tmpdir(), 'looseleaf-shop-')));
  const flags = (process.env[FLAGS_VARIABLE] ?? '').split(' ').filter(Boolean);
  const launcher = spawn(
    process.execPath,
    [LAUNCHER, 'start', '--port', '0', '--data-dir', dataDirectory, ...flags, ...(options.arguments ?? [])],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, NODE_OPTIONS: '' } },
  );
  let output = '';
  for (const stream of [launcher.stdout, launcher.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
  const spawned: SpawnedShop = {
    launcher,
    dataDirectory,
    shop: () => readShop(dataDirectory),
    ready: () => waitUntilReady(launcher, dataDirectory, () => output),
    stop: async () => {
      if (launcher.exitCode === null && launcher.signalCode === null) {
        const exited = once(launcher, 'exit');
        launcher.kill('SIGTERM');
        await exited;
      }
      if (!options.dataDirectory) await rm(dataDirectory, { recursive: true, force: true });
    },
  };
  try {
    await spawned.ready();
  } catch (error) {
    await spawned.stop();
    throw error;
  }
  return spawned;
}

async function waitUntilReady(launcher: ChildProcess, dataDirectory: string, output: () => string): Promise<void> {
  const giveUpAt = Date.now() + READY_DEADLINE_MS;
  while (Date.now() < giveUpAt && launcher.exitCode === null) {
    if (await isReady(dataDirectory)) return;
    await sleep(POLL_MS);
  }
  throw new LauncherError('SHOP.NOT_READY', `the shop in ${dataDirectory} is not ready:\n${output()}`);
}

async function isReady(dataDirectory: string): Promise<boolean> {
  try {
    const { services } = await readStatus(readShop(dataDirectory));
    return services.length > 0 && services.every(({ state }) => state === 'ready');
  } catch (error) {
    if (error instanceof LauncherError) return false; // it has not come that far
    throw error;
  }
}
