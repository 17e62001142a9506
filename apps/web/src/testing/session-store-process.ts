import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, freePort } from '@looseleaf/infra';
import { INTERNAL_KEY } from './web-under-test.js';

/** Of a busy machine, on which three servers start at once. */
const START_MS = 45_000;
const PROGRAM = join(import.meta.dirname, '../../../sessions/dist');

export interface SessionStoreOptions {
  readonly databaseUrl: string;
  readonly checkoutLeaseMs?: number;
}

/** The session store itself, as a process that can be killed. It keeps its address. */
export class SessionStoreProcess {
  #child: ChildProcess | undefined;

  private constructor(
    private readonly environment: Record<string, string>,
    readonly url: string,
    private readonly readyUrl: string,
  ) {}

  /** Prepares the database and starts a store on it; resolves when it is ready. */
  static async start({ databaseUrl, checkoutLeaseMs = 1_500 }: SessionStoreOptions): Promise<SessionStoreProcess> {
    if (!existsSync(join(PROGRAM, 'main.js'))) throw new Error(`${PROGRAM} is missing: run "npm run build" first`);
    const [port, managementPort] = [await freePort(), await freePort()];
    const environment = {
      PATH: process.env['PATH'] ?? '',
      DATABASE_URL: databaseUrl,
      PORT: String(port),
      MANAGEMENT_PORT: String(managementPort),
      LOG_LEVEL: 'silent',
      INTERNAL_KEY,
      CACHE: 'memory',
      REPLICAS: '1',
      SESSION_CACHE: 'write-through',
      CHECKOUT_LEASE_MS: String(checkoutLeaseMs),
    };
    const [code] = (await once(run('migrate.js', environment), 'exit')) as [number];
    if (code !== 0) throw new Error(`migrating the session store ended with ${code}`);
    const managementUrl = `http://127.0.0.1:${managementPort}`;
    const store = new SessionStoreProcess(environment, `http://127.0.0.1:${port}`, `${managementUrl}/readyz`);
    await store.comeBack();
    return store;
  }

  /** As a power cut would: nothing is finished. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Takes connections and answers nothing, until `resume`. */
  pause(): void {
    this.#child?.kill('SIGSTOP');
  }

  resume(): void {
    this.#child?.kill('SIGCONT');
  }

  async comeBack(): Promise<void> {
    this.#child = run('main.js', this.environment);
    await eventually(async () => {
      if (!(await fetch(this.readyUrl)).ok) throw new Error('the session store is not ready');
    }, START_MS);
  }

  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (!child) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  }
}

function run(file: string, env: Record<string, string>): ChildProcess {
  return fork(join(PROGRAM, file), { execArgv: [], env, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
}
