import type { Secrets } from '../data-directory/secrets.js';
import type { ServiceName } from './service-plan.js';

/** What the environments are made of. Ports stay the same over restarts of a service. */
export interface Wiring {
  readonly secrets: Secrets;
  readonly objectStoreDirectory: string;
  readonly ports: Readonly<Record<ServiceName, number>>;
  readonly logLevel: string;
  readonly shutdownDeadlineMs: number;
  /** A connection URL for the role on that database. */
  databaseUrl(database: string, role: ServiceName): string;
}

/** From the launcher's own environment; anything else a service reads comes from here. */
const INHERITED = ['PATH', 'HOME', 'TMPDIR', 'TZ', 'LANG', 'NODE_OPTIONS', 'NODE_EXTRA_CA_CERTS', 'SystemRoot', 'TEMP'];

/** The environment of one process of a service. */
export function serviceEnvironment(
  service: ServiceName,
  wiring: Wiring,
  { managementPort, sharesPort }: { managementPort: number; sharesPort: boolean },
): Record<string, string> {
  return {
    ...inherited(),
    NODE_ENV: 'production',
    HOST: '127.0.0.1',
    PORT: String(wiring.ports[service]),
    MANAGEMENT_PORT: String(managementPort),
    LOG_LEVEL: wiring.logLevel,
    SHUTDOWN_DEADLINE_MS: String(wiring.shutdownDeadlineMs),
    REUSE_PORT: String(sharesPort),
    BROKER: 'postgres',
    BROKER_URL: wiring.databaseUrl('broker', service),
    INTERNAL_KEY: wiring.secrets.internalKey,
    ...OWN_SETTINGS[service](wiring),
  };
}

const OWN_SETTINGS: Record<ServiceName, (wiring: Wiring) => Record<string, string>> = {
  web: ({ ports, secrets, objectStoreDirectory }) => ({
    ORDERS_URL: `http://127.0.0.1:${ports.orders}`,
    INVENTORY_URL: `http://127.0.0.1:${ports.inventory}`,
    OPERATOR_KEY: secrets.operatorKey,
    ID_SECRET: secrets.idSecret,
    OBJECT_STORE: 'files',
    OBJECT_STORE_DIRECTORY: objectStoreDirectory,
  }),
  orders: ({ databaseUrl }) => ({ DATABASE_URL: databaseUrl('orders', 'orders') }),
  inventory: ({ databaseUrl, objectStoreDirectory }) => ({
    DATABASE_URL: databaseUrl('inventory', 'inventory'),
    OBJECT_STORE: 'files',
    OBJECT_STORE_DIRECTORY: objectStoreDirectory,
  }),
};

function inherited(): Record<string, string> {
  return Object.fromEntries(
    INHERITED.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
