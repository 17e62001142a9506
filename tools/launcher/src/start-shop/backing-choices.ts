import { LauncherError } from '../common/launcher-error.js';
import { EMBEDDED, type BackingChoices, type ShopState } from '../data-directory/shop-state.js';
import type { BackingServiceName } from '../servers/names.js';

/**
 * Keeps a shop to the services that hold what it has promised: orders that were accepted wait in its broker, and stock
 * files lie in its object store. The cache may change at any time, for it holds nothing that is not elsewhere.
 * @param before the last state of the data directory; `undefined` when no shop ever ran there
 * @throws LauncherError `SHOP.MADE_OTHERWISE`
 */
export function checkChoices(chosen: BackingChoices, before: ShopState | undefined, directory: string): void {
  if (!before) return;
  const made = before.choices ?? EMBEDDED;
  const isSame =
    made.broker === chosen.broker && made.kafkaNodes === chosen.kafkaNodes && made.objectStore === chosen.objectStore;
  if (isSame) return;
  throw new LauncherError(
    'SHOP.MADE_OTHERWISE',
    `the shop in ${directory} was made with ${flags(made)}, and what it has accepted is kept there. Start it with these, ` +
      'choose another directory with --data-dir, or delete its data with "npm run looseleaf -- reset"',
  );
}

/** The servers to start for these choices, besides PostgreSQL. */
export function chosenServices({ broker, cache, objectStore }: BackingChoices): BackingServiceName[] {
  return [
    ...(broker === 'kafka' ? (['kafka'] as const) : []),
    ...(cache === 'redis' ? (['redis'] as const) : []),
    ...(objectStore === 's3' ? (['s3'] as const) : []),
  ];
}

/** Those that cannot change, as on the command line. */
function flags({ broker, kafkaNodes, objectStore }: BackingChoices): string {
  const nodes = broker === 'kafka' ? ` --kafka-nodes ${kafkaNodes}` : '';
  return `--broker ${broker}${nodes} --object-store ${objectStore}`;
}
