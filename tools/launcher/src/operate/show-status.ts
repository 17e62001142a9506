import { readShop, type RunningShop } from '../data-directory/read-shop.js';
import type { ServiceState } from '../data-directory/shop-state.js';
import { table } from '../common/table.js';
import { isReady } from '../start-shop/readiness.js';
import { residentBytes } from './resident-bytes.js';

/** Longer than the two seconds that a service gives its own checks. */
const HEALTH_TIMEOUT_MS = 2_500;

/** What `status --json` prints. */
export interface Status {
  readonly web: string;
  readonly services: readonly ServiceStatus[];
  readonly backing: readonly {
    name: string;
    kind: string;
    pid?: number;
    address: string;
    /** Where a person can look into it. */
    url?: string;
    restarts: number;
    rssBytes?: number;
  }[];
  readonly launcherPid: number;
  readonly dataDirectory: string;
  readonly operatorKeyFile: string;
}

export interface ServiceStatus {
  readonly name: string;
  readonly replica: number;
  /** Missing between a crash and the restart. */
  readonly pid?: number;
  readonly managementUrl: string;
  /** `unready`: it runs, and itself or something it needs does not answer. */
  readonly state: 'ready' | 'unready' | 'starting' | 'restarting' | 'stopped';
  readonly restarts: number;
  readonly rssBytes?: number;
  readonly logFile: string;
}

/** Looks at every process of the running shop. */
export async function readStatus(shop: RunningShop): Promise<Status> {
  return {
    web: shop.webUrl,
    services: await Promise.all(shop.services.map(readServiceStatus)),
    backing: [
      {
        name: 'postgres',
        kind: 'postgresql',
        ...withRss(shop.postgres.pid),
        address: `127.0.0.1:${shop.postgres.port}`,
        restarts: shop.postgres.restarts,
      },
      ...shop.servers.map(({ name, kind, process, address, restarts }) => ({
        name,
        kind,
        ...withRss(process?.pid),
        address,
        restarts,
      })),
      {
        name: 'mail',
        kind: 'smtp',
        ...withRss(shop.mail.process?.pid),
        address: `127.0.0.1:${shop.mail.smtpPort}`,
        url: shop.mail.url,
        restarts: shop.mail.restarts,
      },
    ],
    launcherPid: shop.launcherPid,
    dataDirectory: shop.dataDirectory,
    operatorKeyFile: shop.operatorKeyFile,
  };
}

export async function showStatus(options: { dataDir: string; json?: boolean }): Promise<void> {
  const status = await readStatus(readShop(options.dataDir));
  if (options.json) {
    console.log(JSON.stringify(status, null, 2));
    return;
  }
  const services = status.services.map(({ name, replica, pid, state, restarts, rssBytes, managementUrl }) => [
    `${name} ${replica}`,
    state,
    String(pid ?? ''),
    String(restarts),
    mebibytes(rssBytes),
    managementUrl,
  ]);
  const backing = status.backing.map(({ name, pid, restarts, rssBytes, address, url }) => [
    name,
    pid ? 'running' : 'restarting',
    String(pid ?? ''),
    String(restarts),
    mebibytes(rssBytes),
    url ? `${address}, ${url}` : address,
  ]);
  console.log(`The shop is at ${status.web}, its data in ${status.dataDirectory}\n`);
  console.log(table(['process', 'state', 'pid', 'restarts', 'memory', 'address'], [...services, ...backing]));
}

async function readServiceStatus(service: ServiceState): Promise<ServiceStatus> {
  const { name, replica, process, managementUrl, restarts, logFile, phase } = service;
  const ready = process !== undefined && (await isReady(managementUrl, HEALTH_TIMEOUT_MS));
  return {
    name,
    replica,
    ...withRss(process?.pid),
    managementUrl,
    state: ready ? 'ready' : phase === 'running' ? 'unready' : phase,
    restarts,
    logFile,
  };
}

/** Nothing while there is no process: between a crash and the restart. */
function withRss(pid = 0): { pid?: number; rssBytes?: number } {
  if (pid === 0) return {};
  const rssBytes = residentBytes(pid);
  return { pid, ...(rssBytes !== undefined && { rssBytes }) };
}

function mebibytes(bytes: number | undefined): string {
  return bytes === undefined ? '' : `${Math.round(bytes / 2 ** 20)} MiB`;
}
