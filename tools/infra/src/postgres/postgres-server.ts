import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { InfrastructureError } from '../errors.js';
import { freePort, isPortFree, LOOPBACK } from '../free-port.js';
import { findBinaries } from './binaries.js';
import { createDataDirectory, dataDirectoryAt, initialiseCluster, type DataDirectory } from './data-directory.js';
import { clearLeftover } from './leftover.js';
import { Postmaster } from './postmaster.js';
import { choosePrivileges, type Privileges } from './privileges.js';
import { DEFAULT_SETTINGS, settingArguments, type PostgresSettings } from './settings.js';

const SUPERUSER = 'postgres';
const START_DEADLINE_MS = 60_000;
const LOG_TAIL_LINES = 20;
/** After a SIGKILL of the postmaster its children hold the shared memory until they notice. */
const STILL_HELD = /pre-existing shared memory block|lock file .* already exists|is still in use/;

export interface PostgresOptions {
  /** Created when missing. Holds the cluster, the superuser's password (mode 0600) and `postgres.log`. */
  readonly dataDirectory: string;
  /**
   * The caller's own directory above it. Where a system user must run the server (root without user namespaces), this one
   * is made passable for others (mode 0711).
   */
  readonly ownParent?: string;
  /** A free one when not given. */
  readonly port?: number;
  /** Added to, or instead of, {@link DEFAULT_SETTINGS}. */
  readonly settings?: PostgresSettings;
}

export interface PostgresRole {
  readonly name: string;
  readonly password: string;
}

/** A server of our own: on 127.0.0.1 only, by password only, and it ends when this process ends. */
export interface PostgresServer {
  /** The postmaster's; 0 when the server does not run. */
  readonly pid: number;
  readonly host: string;
  readonly port: number;
  /** The log of the current run; the one before is beside it with the suffix `.1`. */
  readonly logFile: string;
  /** A connection URL; for the superuser unless a role is given. */
  url(database?: string, role?: PostgresRole): string;
  /** Resolves with how the present run ended, or the last one did. */
  readonly ended: Promise<string>;
  /**
   * Starts the server and resolves when it answers. Does nothing when it runs.
   * @throws InfrastructureError `POSTGRES.START_FAILED` (with the end of its log), `POSTGRES.PORT_TAKEN`, `POSTGRES.DIRECTORY_IN_USE`
   */
  start(): Promise<void>;
  /** Fast shutdown: running transactions are rolled back, nothing committed is lost. */
  stop(): Promise<void>;
  restart(): Promise<void>;
  /** For tests of crashes: sends the signal to the postmaster and, when it ends by that, resolves after its end. */
  kill(signal: NodeJS.Signals): Promise<void>;
}

/**
 * Starts a server, and creates its cluster first where there is none.
 * @throws InfrastructureError as {@link PostgresServer.start}, and `POSTGRES.NO_BINARIES`, `POSTGRES.INIT_FAILED`,
 * `POSTGRES.ROOT_REFUSED`, `POSTGRES.DIRECTORY_UNREACHABLE`
 */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const directory = dataDirectoryAt(options.dataDirectory);
  createDataDirectory(directory);
  const privileges = choosePrivileges(findBinaries(), directory.root, options.ownParent);
  const password = initialiseCluster(directory, privileges);
  const settings = { ...DEFAULT_SETTINGS, ...options.settings };
  const server = new EmbeddedServer(directory, privileges, settings, password, options.port ?? (await freePort()));
  await server.start();
  return server;
}

class EmbeddedServer implements PostgresServer {
  readonly host = LOOPBACK;
  readonly logFile: string;
  #postmaster: Postmaster | undefined;
  #ended: Promise<string> = Promise.resolve('was never started');

  constructor(
    private readonly directory: DataDirectory,
    private readonly privileges: Privileges,
    private readonly settings: PostgresSettings,
    private readonly password: string,
    readonly port: number,
  ) {
    this.logFile = directory.logFile;
  }

  get pid(): number {
    return this.#postmaster?.pid ?? 0;
  }

  url(database = 'postgres', role: PostgresRole = { name: SUPERUSER, password: this.password }): string {
    const credentials = `${encodeURIComponent(role.name)}:${encodeURIComponent(role.password)}`;
    return `postgresql://${credentials}@${this.host}:${this.port}/${encodeURIComponent(database)}`;
  }

  get ended(): Promise<string> {
    return this.#ended;
  }

  async start(): Promise<void> {
    if (this.#postmaster) return;
    await clearLeftover(this.directory);
    const deadline = Date.now() + START_DEADLINE_MS;
    while (!(await this.#launch(deadline))) {
      const log = this.#logTail();
      if (!STILL_HELD.test(log) || Date.now() > deadline) await this.#refuse(log);
      await sleep(200);
    }
  }

  async stop(): Promise<void> {
    const postmaster = this.#postmaster;
    this.#postmaster = undefined;
    await postmaster?.stop();
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  async kill(signal: NodeJS.Signals): Promise<void> {
    await this.#postmaster?.kill(signal);
  }

  async #launch(deadline: number): Promise<boolean> {
    const serverArguments = ['-p', String(this.port), ...settingArguments(this.settings)];
    const postmaster = Postmaster.launch(this.directory, this.privileges, serverArguments);
    if (!(await postmaster.untilReady(() => this.#answers(), deadline))) return false;
    this.#postmaster = postmaster;
    this.#ended = postmaster.ended.then((how) => {
      if (this.#postmaster === postmaster) this.#postmaster = undefined;
      return how;
    });
    return true;
  }

  async #answers(): Promise<boolean> {
    const client = new pg.Client({ connectionString: this.url(), connectionTimeoutMillis: 5_000 });
    // Without a listener an error between two calls would end this process.
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.query('select 1');
      return true;
    } catch {
      // Not yet: its socket is not open, or it is still recovering.
      return false;
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  async #refuse(log: string): Promise<never> {
    if (!(await isPortFree(this.port))) {
      throw new InfrastructureError('POSTGRES.PORT_TAKEN', `port ${this.port} is taken: choose another one`);
    }
    throw new InfrastructureError('POSTGRES.START_FAILED', `PostgreSQL does not start; its log says:\n${log}`);
  }

  #logTail(): string {
    if (!existsSync(this.logFile)) return '';
    return readFileSync(this.logFile, 'utf8').split('\n').slice(-LOG_TAIL_LINES).join('\n');
  }
}
