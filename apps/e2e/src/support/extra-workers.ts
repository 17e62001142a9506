import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { freePort } from '@looseleaf/infra';
import { REPOSITORY, type RunningShop } from '@looseleaf/launcher';
import { until } from './until.js';

/** Processes of services beside those of the launcher, as an autoscaler adds them: they take from the same queues. */
export class ExtraWorkers {
  readonly #processes: ChildProcess[] = [];

  /** Starts one of each name, at the same time. Resolves when all are ready. */
  async add(shop: RunningShop, names: readonly ('orders' | 'inventory')[]): Promise<void> {
    await Promise.all(names.map((name) => this.#start(name, shop.environments[name]!)));
  }

  /** Stops them as an autoscaler does: SIGTERM, and each finishes what it holds. @returns how each ended */
  removeAll(): Promise<(number | NodeJS.Signals | null)[]> {
    return Promise.all(
      this.#processes.splice(0).map(async (process) => {
        const ended = once(process, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
        process.kill('SIGTERM');
        const [code, signal] = await ended;
        return code ?? signal;
      }),
    );
  }

  async #start(name: string, environment: Readonly<Record<string, string>>): Promise<void> {
    const [port, managementPort] = [await freePort(), await freePort()];
    const env = { ...environment, PORT: String(port), MANAGEMENT_PORT: String(managementPort) };
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
