import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { freePort } from '@looseleaf/infra';
import { REPOSITORY, type SpawnedShop } from '@looseleaf/launcher';
import { until } from './until.js';

type Worker = 'orders' | 'inventory';

/** Processes of a service beside those of the launcher, as an autoscaler adds them: they take from the same queues. */
export class ExtraWorkers {
  readonly #processes: ChildProcess[] = [];

  constructor(private readonly shop: SpawnedShop) {}

  /** Resolves when they are ready. */
  async add(name: Worker, count: number): Promise<void> {
    await Promise.all(Array.from({ length: count }, () => this.#start(name)));
  }

  /** Stops them as an autoscaler does: SIGTERM, and each finishes what it holds. @returns how each ended */
  async removeAll(): Promise<(number | NodeJS.Signals | null)[]> {
    return Promise.all(
      this.#processes.splice(0).map(async (process) => {
        const ended = once(process, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
        process.kill('SIGTERM');
        const [code, signal] = await ended;
        return code ?? signal;
      }),
    );
  }

  async #start(name: Worker): Promise<void> {
    const [port, managementPort] = [await freePort(), await freePort()];
    const file = path.join(this.shop.dataDirectory, 'state.json');
    const { environments } = JSON.parse(readFileSync(file, 'utf8')) as {
      environments: Record<Worker, Record<string, string>>;
    };
    const env = { ...environments[name], PORT: String(port), MANAGEMENT_PORT: String(managementPort) };
    const program = path.join(REPOSITORY, 'apps', name, 'dist/main.js');
    this.#processes.push(spawn(process.execPath, [program], { env, stdio: 'ignore' }));
    await until(`another process of ${name} is ready`, () => isReady(managementPort));
  }
}

async function isReady(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/readyz`)).ok;
  } catch {
    return false; // it does not listen yet
  }
}
