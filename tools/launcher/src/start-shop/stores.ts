import { startPostgres, type PostgresServer } from '@looseleaf/infra';
import type { RoleName, Secrets } from '../data-directory/secrets.js';
import type { ServerState } from '../data-directory/server-state.js';
import type { ShopPaths } from '../data-directory/shop-paths.js';
import type { BackingChoices, ShopState } from '../data-directory/shop-state.js';
import { BackingServices } from '../servers/backing-services.js';
import { SupervisedServer } from '../servers/supervised-server.js';
import { chosenServices } from './backing-choices.js';
import { prepareBackingServices } from './migrate.js';
import { Network } from './network.js';
import { provisionDatabases } from './provision-databases.js';
import type { Reporter } from './reporter.js';
import type { StoreAddresses } from './service-environment.js';
import type { ServiceName } from './service-plan.js';

export interface StoresOptions {
  readonly paths: ShopPaths;
  readonly secrets: Secrets;
  readonly choices: BackingChoices;
  /** Whether services reach the others through a network that can be broken. */
  readonly toxiproxy: boolean;
  readonly reporter: Reporter;
  /** Told in words when a server ended and when it is back. */
  readonly onChange: (text: string) => void;
}

/** What stands behind the services of a shop: PostgreSQL, and the broker, cache and object store that were chosen. */
export class Stores {
  #backing: BackingServices | undefined;
  #network: Network | undefined;
  #postgres: { readonly server: PostgresServer; readonly supervised: SupervisedServer } | undefined;

  constructor(private readonly options: StoresOptions) {}

  get servers(): readonly ServerState[] {
    return [...(this.#postgres ? [this.#postgres.supervised.state] : []), ...this.#others];
  }

  /** Their part of `state.json`; `undefined` before they are started. */
  get state(): Pick<ShopState, 'postgres' | 'choices' | 'servers'> | undefined {
    if (!this.#postgres) return undefined;
    const { server, supervised } = this.#postgres;
    return {
      postgres: {
        pid: server.pid,
        port: server.port,
        restarts: supervised.state.restarts,
        superuserUrl: server.url(),
      },
      choices: this.options.choices,
      servers: this.#others,
    };
  }

  /** How they are reached: by a service, or without one by the launcher itself. To be asked when they are started. */
  addresses(service?: ServiceName): StoreAddresses {
    const { paths, secrets } = this.options;
    const { kafka, redis, s3 } = this.#backing!.variables;
    const through = (text: string): string => (service && this.#network?.through(service, text)) ?? text;
    const allThrough = (variables: Readonly<Record<string, string>>): Record<string, string> =>
      Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, through(value)]));
    const databaseUrl = (database: string, role: RoleName): string =>
      through(this.#postgres!.server.url(database, { name: role, password: secrets.rolePasswords[role] }));
    return {
      databaseUrl,
      broker: (role) => (kafka ? allThrough(kafka) : { BROKER: 'postgres', BROKER_URL: databaseUrl('broker', role) }),
      cache: redis ? allThrough(redis) : { CACHE: 'memory' },
      objectStore: s3 ? allThrough(s3) : { OBJECT_STORE: 'files', OBJECT_STORE_DIRECTORY: paths.objects },
    };
  }

  /** When it rejects, what was started still runs: call {@link stop}. */
  async start(signal: AbortSignal): Promise<void> {
    const { paths, choices, toxiproxy, reporter, onChange } = this.options;
    await reporter.step('PostgreSQL', () => this.#startPostgres());
    signal.throwIfAborted();
    const { kafkaNodes } = choices;
    const options = {
      directory: paths.root,
      kafkaNodes,
      onProgress: (text: string) => reporter.note(`  ${text}`),
      onChange,
    };
    this.#network = toxiproxy ? await Network.plan(options) : undefined;
    const backing = new BackingServices({ ...options, kafkaListeners: this.#network?.kafkaListeners ?? [] });
    this.#backing = backing;
    const chosen = chosenServices(choices);
    if (chosen.length > 0) await reporter.step(chosen.join(', '), () => backing.start(chosen));
    signal.throwIfAborted();
    const network = this.#network;
    if (network) await reporter.step('toxiproxy', () => network.start(this.servers));
    signal.throwIfAborted();
  }

  /** Creates databases and roles where they are missing. */
  createDatabases(): Promise<void> {
    return provisionDatabases(this.#postgres!.server, this.options.secrets);
  }

  /** Creates queues and topics, and the place of objects, where they are missing. */
  async prepare(): Promise<void> {
    const { broker, objectStore } = this.addresses();
    await prepareBackingServices({ ...broker('broker'), ...objectStore });
  }

  async stop(): Promise<void> {
    await Promise.all([this.#network?.stop(), this.#backing?.stop(), this.#postgres?.supervised.stop()]);
  }

  /** Besides PostgreSQL. */
  get #others(): readonly ServerState[] {
    return [...(this.#backing?.states ?? []), ...(this.#network?.states ?? [])];
  }

  async #startPostgres(): Promise<void> {
    const { paths, onChange } = this.options;
    const server = await startPostgres({ dataDirectory: paths.postgres, ownParent: paths.root });
    const description = { name: 'postgres', kind: 'postgresql', address: `${server.host}:${server.port}` } as const;
    this.#postgres = { server, supervised: new SupervisedServer(description, server, onChange) };
  }
}
