import { setTimeout as sleep } from 'node:timers/promises';
import { identify } from '@looseleaf/infra';
import type { ServerState } from '../data-directory/server-state.js';
import { BackOff } from './back-off.js';

/** A server that can be started again on its port, with its data. */
export interface Server {
  /** 0 while it does not run. */
  readonly pid: number;
  readonly logFile: string;
  /** Resolves with how the present run ended, or the last one did. */
  readonly ended: Promise<string>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** What users and `state.json` are told of a server. */
export interface ServerDescription {
  readonly name: string;
  readonly kind: ServerState['kind'];
  /** `host:port` */
  readonly address: string;
}

/** A server that runs, and is started again on its port whenever it ends without having been asked to. */
export class SupervisedServer {
  readonly #backOff = new BackOff();
  readonly #stopping = new AbortController();
  readonly #watching: Promise<void>;
  #startedAtMs = performance.now();
  #restarts = 0;

  /** @param onChange told in words when the server ended and when it is back */
  constructor(
    private readonly description: ServerDescription,
    private readonly server: Server,
    private readonly onChange: (text: string) => void,
  ) {
    this.#watching = this.#watch();
  }

  get state(): ServerState {
    const { pid, logFile } = this.server;
    const process = pid === 0 ? undefined : identify(pid);
    return { ...this.description, ...(process && { process }), restarts: this.#restarts, logFile };
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.server.stop();
    await this.#watching;
    // It may have been about to start again.
    await this.server.stop();
  }

  async #watch(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const how = await this.server.ended;
      if (signal.aborted) return;
      this.onChange(`${this.description.name} ${how}`);
      while (!signal.aborted && !(await this.#restart(signal)));
    }
  }

  /** @returns whether it runs again */
  async #restart(signal: AbortSignal): Promise<boolean> {
    const { name } = this.description;
    const delayMs = this.#backOff.nextDelayMs(performance.now() - this.#startedAtMs);
    // Rejects only when it is to stop meanwhile.
    await sleep(delayMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return false;
    this.#startedAtMs = performance.now();
    this.#restarts++;
    try {
      await this.server.start();
      this.onChange(`${name} runs again (process ${this.server.pid})`);
      return true;
    } catch (error) {
      if (!signal.aborted) this.onChange(`${name} did not start: ${(error as Error).message}`);
      return false;
    }
  }
}
