import type { BrokerConfig } from '@looseleaf/backing-services';
import { LauncherError } from '../common/launcher-error.js';
import { runningLauncher } from './claim.js';
import { readSecrets, type RoleName } from './secrets.js';
import { DEFAULT_DATA_DIRECTORY, shopPaths } from './shop-paths.js';
import type { ServerState } from './server-state.js';
import {
  EMBEDDED,
  readState,
  type BackingChoices,
  type MailState,
  type ServiceState,
  type ShopState,
} from './shop-state.js';

export const DATABASES = ['broker', 'orders', 'inventory', 'sessions', 'notifier'] as const;
export type DatabaseName = (typeof DATABASES)[number];

/** A running shop, for tools that work on it. */
export interface RunningShop {
  readonly dataDirectory: string;
  readonly webUrl: string;
  readonly operatorKey: string;
  readonly operatorKeyFile: string;
  readonly launcherPid: number;
  readonly services: readonly ServiceState[];
  /** Where the mail that the shop sends is read; `GET /messages?to=` answers JSON. */
  readonly mailUrl: string;
  readonly mail: MailState;
  readonly postgres: { readonly pid: number; readonly port: number; readonly restarts: number };
  readonly choices: BackingChoices;
  /** Kafka's nodes, Redis and the S3 server, where they were chosen. */
  readonly servers: readonly ServerState[];
  /** The chosen broker, with every right. */
  readonly broker: BrokerConfig;
  /** Of each service's first replica, to run it by hand. Holds secrets. */
  readonly environments: ShopState['environments'];
  /** A connection URL: for the superuser unless a role is given. */
  databaseUrl(database: DatabaseName | 'postgres', role?: RoleName): string;
}

/**
 * Reads where the shop of a data directory runs, and its secrets.
 * @param dataDirectory default: `.looseleaf` in the repository
 * @throws LauncherError `SHOP.NOT_RUNNING`
 */
export function readShop(dataDirectory: string = DEFAULT_DATA_DIRECTORY): RunningShop {
  const paths = shopPaths(dataDirectory);
  const launcher = runningLauncher(paths);
  const state = launcher && readState(paths);
  if (!state || state.launcher.pid !== launcher.pid) {
    throw new LauncherError(
      'SHOP.NOT_RUNNING',
      `no shop runs in ${paths.root}: start one with "npm start", or name its directory with --data-dir`,
    );
  }
  const secrets = readSecrets(paths);
  const { choices = EMBEDDED, servers = [] } = state;
  return {
    dataDirectory: paths.root,
    webUrl: state.webUrl,
    operatorKey: secrets.operatorKey,
    operatorKeyFile: paths.operatorKey,
    launcherPid: launcher.pid,
    services: state.services,
    mailUrl: state.mail.url,
    mail: state.mail,
    postgres: { pid: state.postgres.pid, port: state.postgres.port, restarts: state.postgres.restarts },
    choices,
    servers,
    broker:
      choices.broker === 'kafka'
        ? {
            BROKER: 'kafka',
            KAFKA_BROKERS: servers.filter(({ kind }) => kind === 'kafka').map(({ address }) => address),
            KAFKA_SECURITY_PROTOCOL: 'PLAINTEXT',
          }
        : { BROKER: 'postgres', BROKER_URL: databaseUrl(state, 'broker') },
    environments: state.environments,
    databaseUrl: (database, role) =>
      databaseUrl(state, database, role && { name: role, password: secrets.rolePasswords[role] }),
  };
}

function databaseUrl(
  { postgres }: ShopState,
  database: DatabaseName | 'postgres',
  role?: { name: RoleName; password: string },
): string {
  const url = new URL(postgres.superuserUrl);
  url.pathname = `/${database}`;
  if (role) {
    url.username = role.name;
    url.password = role.password;
  }
  return url.href;
}
