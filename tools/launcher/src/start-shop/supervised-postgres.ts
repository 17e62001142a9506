import { setTimeout as sleep } from 'node:timers/promises';
import { startPostgres, type PostgresServer } from '@looseleaf/infra';
import type { ShopPaths } from '../data-directory/shop-paths.js';
import { BackOff } from './back-off.js';

/** The database server, started again on its port whenever it ends without having been asked to. */
export class SupervisedPostgres {
  readonly #backOff = new BackOff();
  readonly #stopping = new AbortController();
  #restarting: Promise<void> = Promise.resolve();
  #startedAtMs = performance.now();
  #restarts = 0;

  private constructor(
    readonly server: PostgresServer,
    private readonly onChange: (text: string) => void,
  ) {
    server.onUnexpectedExit((how) => {
      this.#restarting = this.#restart(how);
    });
  }

  /** @param onChange told in words when the server ended and when it is back */
  static async start(paths: ShopPaths, onChange: (text: string) => void): Promise<SupervisedPostgres> {
    return new SupervisedPostgres(
      await startPostgres({ dataDirectory: paths.postgres, ownParent: paths.root }),
      onChange,
    );
  }

  get restarts(): number {
    return this.#restarts;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#restarting;
    await this.server.stop();
  }

  async #restart(how: string): Promise<void> {
    this.onChange(`PostgreSQL ${how}`);
    while (!this.#stopping.signal.aborted) {
      const delayMs = this.#backOff.nextDelayMs(performance.now() - this.#startedAtMs);
      // Rejects only when the shop stops meanwhile, which the loop sees.
      await sleep(delayMs, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
      if (this.#stopping.signal.aborted) return;
      this.#startedAtMs = performance.now();
      this.#restarts++;
      try {
        await this.server.start();
        this.onChange(`PostgreSQL runs again (process ${this.server.pid})`);
        return;
      } catch (error) {
        this.onChange(`PostgreSQL did not start: ${(error as Error).message}`);
      }
    }
  }
}
