import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { freePort, identify } from '@looseleaf/infra';
import { builtFile, type ShopPaths } from '../data-directory/shop-paths.js';
import type { Secrets } from '../data-directory/secrets.js';
import type { ServerState } from '../data-directory/server-state.js';
import { writeState, type BackingChoices } from '../data-directory/shop-state.js';
import type { CachingPlan } from './caching-plan.js';
import { specifyMailCatcher } from './mail-catcher.js';
import { migrateService } from './migrate.js';
import { choosePorts } from './ports.js';
import { untilReady } from './readiness.js';
import type { Reporter } from './reporter.js';
import { rotateLog } from './rotate-log.js';
import { serviceEnvironment, type StoreAddresses, type Wiring } from './service-environment.js';
import { NODE_ARGUMENTS, SERVICES, type Replicas, type ServiceName } from './service-plan.js';
import { ServiceProcess, type ProcessEvent, type ServiceSpecification } from './service-process.js';
import { Stores } from './stores.js';

export interface ShopOptions {
  readonly paths: ShopPaths;
  readonly secrets: Secrets;
  /** Of the web tier. */
  readonly port: number;
  readonly replicas: Replicas;
  readonly choices: BackingChoices;
  /** Whether services reach their servers through a network that can be broken. */
  readonly toxiproxy: boolean;
  /** The variables of each service that choose how it caches. */
  readonly caching: CachingPlan['variables'];
  readonly logLevel: string;
  readonly shutdownDeadlineMs: number;
  /** Longest wait before a service that ended by itself is started again. */
  readonly restartLimitMs: number;
  readonly reporter: Reporter;
}

const MIGRATED_SERVICES = ['orders', 'inventory', 'sessions', 'notifier'] as const;

/** The backing services, the mail catcher and the services of one shop, as processes that are kept running. */
export class Shop {
  readonly services: ServiceProcess[] = [];
  readonly #stores: Stores;
  readonly #startedAt = new Date().toISOString();
  readonly #self = identify(process.pid)!;
  #mail: ServiceProcess | undefined;
  #wiring: Omit<Wiring, keyof StoreAddresses> | undefined;
  #isUp = false;

  constructor(private readonly options: ShopOptions) {
    this.#stores = new Stores({ ...options, onChange: (text) => this.#onServerChange(text) });
  }

  get webUrl(): string {
    return `http://127.0.0.1:${this.options.port}`;
  }

  /** Where the mail that the shop sends is read. */
  get mailUrl(): string {
    return `http://127.0.0.1:${this.#wiring!.ports.mail}`;
  }

  get mail(): ServiceProcess {
    return this.#mail!;
  }

  get servers(): readonly ServerState[] {
    return this.#stores.servers;
  }

  /** Resolves when every service is ready. When it rejects, what was started still runs: call {@link stop}. */
  async start(signal: AbortSignal): Promise<void> {
    const { reporter, paths } = this.options;
    for (const folder of [paths.logs, paths.objects]) mkdirSync(folder, { recursive: true, mode: 0o700 });
    await this.#stores.start(signal);
    await reporter.step('Databases, queues, tables', () => this.#prepare());
    signal.throwIfAborted();
    await reporter.step('Services', () => this.#startServices(signal));
    this.#isUp = true;
  }

  /** Ends the services, the web tier first, each within its deadline; then what stands behind them. Safe to call at any time. */
  async stop(): Promise<void> {
    this.#isUp = false;
    const front = this.services.filter((service) => service.specification.name === 'web');
    const others = this.services.filter((service) => service.specification.name !== 'web');
    for (const group of [front, others, this.#mail ? [this.#mail] : []]) {
      await Promise.all(group.map((service) => service.stop(this.options.shutdownDeadlineMs)));
    }
    await this.#stores.stop();
  }

  async #prepare(): Promise<void> {
    const { secrets, port, logLevel, shutdownDeadlineMs } = this.options;
    await this.#stores.createDatabases();
    const ports = await choosePorts(port);
    this.#wiring = { secrets, ports, logLevel, shutdownDeadlineMs };
    const migrations = MIGRATED_SERVICES.map((name) => migrateService(name, this.#environment(name, 0)));
    await Promise.all([this.#stores.prepare(), ...migrations]);
  }

  async #startServices(signal: AbortSignal): Promise<void> {
    const { mail, logs } = this.options.paths;
    const mailCatcher = { ...this.#wiring!, directory: mail, logFile: path.join(logs, 'mail.log') };
    this.#mail = this.#supervise(await specifyMailCatcher(mailCatcher));
    for (const name of SERVICES) {
      for (let replica = 1; replica <= this.options.replicas[name]; replica++) {
        this.services.push(this.#supervise(await this.#specify(name, replica)));
      }
    }
    const processes = [this.#mail, ...this.services];
    for (const process of processes) process.start();
    await Promise.all(processes.map((process) => untilReady(process, signal)));
    this.#save();
  }

  async #specify(name: ServiceName, replica: number): Promise<ServiceSpecification> {
    const managementPort = await freePort();
    return {
      name,
      replica,
      program: builtFile('apps', name, 'main.js'),
      nodeArguments: NODE_ARGUMENTS[name],
      environment: this.#environment(name, managementPort),
      managementUrl: `http://127.0.0.1:${managementPort}`,
      logFile: path.join(this.options.paths.logs, `${name}-${replica}.log`),
      restartLimitMs: this.options.restartLimitMs,
    };
  }

  #supervise(specification: ServiceSpecification): ServiceProcess {
    rotateLog(specification.logFile);
    const process: ServiceProcess = new ServiceProcess(specification, (event) => this.#onProcessEvent(process, event));
    return process;
  }

  #environment(name: ServiceName, managementPort: number): Record<string, string> {
    const { replicas, caching } = this.options;
    const wiring = { ...this.#wiring!, ...this.#stores.addresses(name) };
    return {
      ...serviceEnvironment(name, wiring, { managementPort, replicas: replicas[name] }),
      ...caching[name],
    };
  }

  #onProcessEvent(service: ServiceProcess, event: ProcessEvent): void {
    this.#save();
    const { name, replica } = service.specification;
    if (event.kind === 'ended')
      this.#tell(`${name} ${replica} ended (${event.how}); starts again in ${event.restartInMs} ms`);
    if (event.kind !== 'started' || !this.#isUp) return;
    untilReady(service, AbortSignal.timeout(60_000)).then(
      () => {
        this.#tell(`${name} ${replica} is ready again (process ${service.state.process?.pid})`);
        this.#save();
      },
      (error: unknown) => this.#tell(`${name} ${replica}: ${(error as Error).message}`),
    );
  }

  #onServerChange(text: string): void {
    this.#tell(text);
    this.#save();
  }

  #tell(text: string): void {
    this.options.reporter.note(`  ${new Date().toLocaleTimeString('en-GB')}  ${text}`);
  }

  #save(): void {
    const stores = this.#stores.state;
    const mail = this.#mail;
    if (!stores || !mail) return;
    writeState(this.options.paths, {
      launcher: this.#self,
      startedAt: this.#startedAt,
      webUrl: this.webUrl,
      services: this.services.map((service) => service.state),
      mail: { ...mail.state, smtpPort: this.#wiring!.ports.smtp, url: this.mailUrl },
      ...stores,
      environments: this.#wiring ? Object.fromEntries(SERVICES.map((name) => [name, this.#environment(name, 0)])) : {},
    });
  }
}
