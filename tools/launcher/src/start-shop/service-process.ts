import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { identify, type ProcessIdentity } from '@looseleaf/infra';
import type { ProcessPhase, ServiceState } from '../data-directory/shop-state.js';
import { BackOff } from '../servers/back-off.js';

/** What a service's process is started with. */
export interface ServiceSpecification {
  readonly name: string;
  readonly replica: number;
  /** The built main file. */
  readonly program: string;
  /** Flags of Node and V8. */
  readonly nodeArguments?: readonly string[] | undefined;
  readonly environment: Readonly<Record<string, string>>;
  readonly managementUrl: string;
  readonly logFile: string;
  /** Longest wait before it is started again. */
  readonly restartLimitMs?: number;
}

/** Something happened that the user should know and that `state.json` should say. */
export type ProcessEvent =
  | { readonly kind: 'started' }
  | { readonly kind: 'ended'; readonly how: string; readonly restartInMs: number }
  | { readonly kind: 'stopped' };

/** Time between the end of a service's own shutdown deadline and SIGKILL. */
const KILL_GRACE_MS = 2_000;

/**
 * One process of a service, started again whenever it ends without having been asked to. It has a session of its own,
 * so that Ctrl-C reaches only the launcher, and an IPC channel, whose closing tells it that the launcher is gone.
 */
export class ServiceProcess {
  readonly #backOff: BackOff;
  #child: ChildProcess | undefined;
  #identity: ProcessIdentity | undefined;
  #ended: Promise<void> = Promise.resolve();
  #restartTimer: NodeJS.Timeout | undefined;
  #startedAtMs = 0;
  #phase: ProcessPhase = 'stopped';
  #restarts = 0;

  constructor(
    readonly specification: ServiceSpecification,
    private readonly onEvent: (event: ProcessEvent) => void,
  ) {
    this.#backOff = new BackOff(specification.restartLimitMs);
  }

  get state(): ServiceState {
    const { name, replica, managementUrl, logFile } = this.specification;
    const running = this.#identity && { process: this.#identity };
    return { name, replica, ...running, managementUrl, phase: this.#phase, restarts: this.#restarts, logFile };
  }

  start(): void {
    const { program, nodeArguments = [], environment, logFile } = this.specification;
    const log = openSync(logFile, 'a', 0o600);
    const child = spawn(process.execPath, [...nodeArguments, program], {
      env: environment,
      stdio: ['ignore', log, log, 'ipc'],
      detached: process.platform !== 'win32',
      windowsHide: true,
    });
    closeSync(log);
    this.#child = child;
    this.#identity = child.pid === undefined ? undefined : identify(child.pid);
    this.#startedAtMs = performance.now();
    this.#phase = 'starting';
    this.#ended = new Promise((resolve) => {
      child.once('exit', (code, signal) => resolve(this.#onEnd(signal ?? `exit code ${code}`)));
      child.once('error', (error) => resolve(this.#onEnd(error.message)));
    });
    this.onEvent({ kind: 'started' });
  }

  /** To be called when it is seen to be ready. */
  markRunning(): void {
    if (this.#phase === 'starting') this.#phase = 'running';
  }

  /** SIGTERM, and SIGKILL when it does not end by its own deadline. */
  async stop(deadlineMs: number): Promise<void> {
    clearTimeout(this.#restartTimer);
    this.#phase = 'stopped';
    const child = this.#child;
    child?.kill('SIGTERM');
    const killTimer = setTimeout(() => child?.kill('SIGKILL'), deadlineMs + KILL_GRACE_MS);
    await this.#ended;
    clearTimeout(killTimer);
  }

  #onEnd(how: string): void {
    this.#child = undefined;
    this.#identity = undefined;
    if (this.#phase === 'stopped') {
      this.onEvent({ kind: 'stopped' });
      return;
    }
    const restartInMs = this.#backOff.nextDelayMs(performance.now() - this.#startedAtMs);
    this.#phase = 'restarting';
    this.#restarts++;
    this.#restartTimer = setTimeout(() => this.start(), restartInMs);
    this.onEvent({ kind: 'ended', how, restartInMs });
  }
}
