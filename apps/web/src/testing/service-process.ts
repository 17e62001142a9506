import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, freePort } from '@looseleaf/infra';
import { INTERNAL_KEY } from './web-under-test.js';

/** Of a busy machine, on which several servers start at once. */
const START_MS = 45_000;
const APPS = join(import.meta.dirname, '../../..');

/** Another service of the shop itself, as a process that can be killed. It keeps its address. */
export class ServiceProcess {
  #child: ChildProcess | undefined;

  private constructor(
    private readonly program: string,
    private readonly environment: Record<string, string>,
    readonly url: string,
    private readonly readyUrl: string,
  ) {}

  /**
   * Prepares the service's database and starts it; resolves when it is ready.
   * @param settings what it reads from its environment, besides what all services do
   */
  static async start(name: 'orders' | 'sessions', settings: Record<string, string>): Promise<ServiceProcess> {
    const program = join(APPS, name, 'dist');
    if (!existsSync(join(program, 'main.js'))) throw new Error(`${program} is missing: run "npm run build" first`);
    const [port, managementPort] = [await freePort(), await freePort()];
    const environment = {
      PATH: process.env['PATH'] ?? '',
      PORT: String(port),
      MANAGEMENT_PORT: String(managementPort),
      LOG_LEVEL: 'silent',
      INTERNAL_KEY,
      CACHE: 'memory',
      REPLICAS: '1',
      ...settings,
    };
    const [code] = (await once(run(program, 'migrate.js', environment), 'exit')) as [number];
    if (code !== 0) throw new Error(`migrating the database of ${name} ended with ${code}`);
    const readyUrl = `http://127.0.0.1:${managementPort}/readyz`;
    const service = new ServiceProcess(program, environment, `http://127.0.0.1:${port}`, readyUrl);
    await service.comeBack();
    return service;
  }

  /** Asks its internal HTTP API. */
  ask(path: string): Promise<Response> {
    return fetch(`${this.url}${path}`, { headers: { authorization: `Bearer ${INTERNAL_KEY}` } });
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
    this.#child = run(this.program, 'main.js', this.environment);
    await eventually(async () => {
      if (!(await fetch(this.readyUrl)).ok) throw new Error(`${this.program} is not ready`);
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

function run(program: string, file: string, env: Record<string, string>): ChildProcess {
  return fork(join(program, file), { execArgv: [], env, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
}
