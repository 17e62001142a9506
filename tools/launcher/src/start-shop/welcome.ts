import { shortPath } from '../common/short-path.js';
import { table } from '../common/table.js';
import { DEFAULT_DATA_DIRECTORY, type ShopPaths } from '../data-directory/shop-paths.js';
import { readSecrets } from '../data-directory/secrets.js';
import type { Shop } from './shop.js';

/** What the user sees when the shop is up: what runs where, and what to try. */
export function welcome(shop: Shop, paths: ShopPaths): string {
  const rows = shop.services.map(({ state }) => [
    `${state.name} ${state.replica}`,
    String(state.process?.pid ?? ''),
    state.name === 'web' ? shop.webUrl : '',
    state.managementUrl,
    shortPath(state.logFile),
  ]);
  const { state: mailState } = shop.mail;
  const mail = [
    'mail',
    String(mailState.process?.pid ?? ''),
    shop.mailUrl,
    mailState.managementUrl,
    shortPath(mailState.logFile),
  ];
  const servers = shop.servers.map(({ name, process, address, logFile }) => [
    name,
    String(process?.pid ?? ''),
    address,
    '',
    shortPath(logFile),
  ]);
  const directory = paths.root === DEFAULT_DATA_DIRECTORY ? '' : ` --data-dir ${shortPath(paths.root)}`;
  return [
    '',
    table(['process', 'pid', 'address', 'management', 'log'], [...rows, mail, ...servers]),
    '',
    `The shop is open: ${shop.webUrl} (API description: ${shop.webUrl}/docs)`,
    `Its mail ends here, and goes to nobody: ${shop.mailUrl}`,
    `Operator key: ${readSecrets(paths).operatorKey}`,
    `              (kept in ${shortPath(paths.operatorKey)})`,
    '',
    'Try, in another terminal:',
    `  npm run looseleaf -- status${directory}`,
    `  npm run looseleaf -- replay${directory}`,
    `  npm run looseleaf -- queues${directory}`,
    'Stop with Ctrl-C.',
  ].join('\n');
}
