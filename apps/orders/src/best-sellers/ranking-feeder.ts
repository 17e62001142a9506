import { setTimeout as sleep } from 'node:timers/promises';
import { catchUp, type Ranking } from '@looseleaf/cache';
import { errorText, UnavailableError } from '@looseleaf/messaging';
import type { PersistenceLogger } from '@looseleaf/persistence';
import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import type { SalesLedger } from './sales-ledger.js';

/** How late the best sellers hear of a sale, and of a ranking that has forgotten something. */
const INTERVAL_MS = 1_000;

/**
 * Takes what was sold to the ledger, and the ranking to where the ledger is. Runs in every replica: whoever comes second
 * finds nothing to do, and whoever was overtaken changes nothing.
 */
@Injectable()
export class RankingFeeder implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #isAway = false;

  constructor(
    private readonly ledger: SalesLedger,
    private readonly ranking: Ranking,
    private readonly logger: PersistenceLogger,
  ) {}

  onApplicationBootstrap(): void {
    this.#running = this.#run();
  }

  /** Lets the round that is under way finish. What it leaves, another replica or the next start folds. */
  async beforeApplicationShutdown(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  /** One round. @throws what the database and the ranking throw */
  async feed(): Promise<void> {
    while (await this.ledger.fold());
    if ((await catchUp(this.ranking, this.ledger)) === 'rebuilt') {
      this.logger.info({ ranking: this.ranking.name }, 'the ranking was built from the sales');
    }
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.#tryFeed();
      await sleep(INTERVAL_MS, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  async #tryFeed(): Promise<void> {
    try {
      await this.feed();
      if (this.#isAway) this.logger.info({ ranking: this.ranking.name }, 'the ranking follows the sales again');
      this.#isAway = false;
    } catch (error) {
      // Of a database that is away, others tell.
      if (this.#isAway || error instanceof UnavailableError) return;
      this.#isAway = true;
      const fields = { ranking: this.ranking.name, reason: errorText(error) };
      this.logger.warn(fields, 'the ranking does not follow the sales; best sellers are summed up in the database');
    }
  }
}
