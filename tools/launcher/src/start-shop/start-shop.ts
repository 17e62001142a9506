import { mkdirSync } from 'node:fs';
import { freePort, isPortFree } from '@looseleaf/infra';
import { LauncherError } from '../common/launcher-error.js';
import { claimDataDirectory } from '../data-directory/claim.js';
import { ensureSecrets } from '../data-directory/secrets.js';
import { shopPaths } from '../data-directory/shop-paths.js';
import { readState, type BackingChoices } from '../data-directory/shop-state.js';
import { checkChoices } from './backing-choices.js';
import { planCaching, type Caching } from './caching-plan.js';
import { endLeftovers } from './end-leftovers.js';
import { ConsoleReporter } from './reporter.js';
import type { Replicas } from './service-plan.js';
import { Shop } from './shop.js';
import { aborted, stopRequest } from './stop-request.js';
import { welcome } from './welcome.js';

export interface StartOptions extends BackingChoices {
  /** 0: any free one. */
  readonly port: number;
  readonly dataDir: string;
  readonly replicas: Replicas;
  /** Whether services reach their servers through a network that can be broken. */
  readonly toxiproxy: boolean;
  readonly caching: Caching;
  readonly logLevel: string;
  readonly shutdownDeadlineMs: number;
  readonly restartLimitMs: number;
}

/**
 * Runs a shop until SIGINT, SIGTERM, or the end of the npm that started it; then ends everything it started.
 * @throws LauncherError `SHOP.ALREADY_RUNS`, `SHOP.PORT_TAKEN`, `SHOP.MADE_OTHERWISE`, `CACHING.NOT_SHARED`, and whatever keeps a part from starting
 */
export async function startShop(options: StartOptions): Promise<void> {
  const { broker, kafkaNodes, cache, objectStore } = options;
  const choices = { broker, kafkaNodes, cache, objectStore };
  const caching = planCaching(options.caching, options.replicas, cache);
  const paths = shopPaths(options.dataDir);
  mkdirSync(paths.root, { recursive: true, mode: 0o700 });
  const release = await claimDataDirectory(paths);
  const stopping = stopRequest();
  const reporter = new ConsoleReporter();
  let shop: Shop | undefined;
  try {
    const before = readState(paths);
    checkChoices(choices, before, paths.root);
    const leftovers = before ? await endLeftovers([...before.services, before.mail, ...(before.servers ?? [])]) : 0;
    if (leftovers > 0) reporter.note(`Ended ${leftovers} processes that the shop before had left behind.`);
    const port = await choosePort(options.port);
    reporter.note(`Starting the shop in ${paths.root}`);
    for (const note of caching.notes) reporter.note(note);
    const secrets = ensureSecrets(paths);
    shop = new Shop({ ...options, choices, caching: caching.variables, port, paths, secrets, reporter });
    await shop.start(stopping);
    reporter.note(welcome(shop, paths));
    await aborted(stopping);
  } catch (error) {
    if (!stopping.aborted) throw error;
  } finally {
    if (shop) {
      reporter.note('');
      await reporter.step('Stopping the shop', () => shop!.stop());
    }
    release();
  }
}

async function choosePort(wanted: number): Promise<number> {
  if (wanted === 0) return freePort();
  if (await isPortFree(wanted)) return wanted;
  throw new LauncherError(
    'SHOP.PORT_TAKEN',
    `port ${wanted} is taken by another program: choose one with --port, for example "npm start -- --port ${wanted + 1}"`,
  );
}
