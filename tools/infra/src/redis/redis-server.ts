import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort, LOOPBACK } from '../free-port.js';
import { obtain, type Progress } from '../programs/program.js';
import { ServerProcess } from '../servers/server-process.js';
import { answersPing } from './answers-ping.js';
import { redisProgram } from './redis-program.js';

/** Directives of `redis.conf` by their names: `{ 'maxmemory': '64mb' }`. */
export type RedisSettings = Readonly<Record<string, string | number>>;

export interface RedisOptions {
  /** Keeps the password, and what the settings persist, over stops; without one they are in a temporary folder, removed by `stop`. */
  readonly directory?: string;
  /** Default: a free one. */
  readonly port?: number;
  /** Of letters, digits, `-` and `_`. Default: the one of an earlier start in this directory, or a generated one. */
  readonly password?: string;
  /** Added to, or instead of, {@link DEFAULT_SETTINGS}. */
  readonly settings?: RedisSettings;
  /** Whether it watches over other servers, as its settings say, and keeps nothing itself. */
  readonly sentinel?: boolean;
  /** Told of an installation. */
  readonly onProgress?: Progress;
}

/** A Redis or Valkey server on 127.0.0.1, by password only, which ends with this process. */
export interface RedisServer {
  /** `redis://:password@127.0.0.1:port` */
  readonly url: string;
  readonly port: number;
  readonly password: string;
  readonly logFile: string;
  /** 0 while it does not run. */
  readonly pid: number;
  /** Resolves with how the present run ended, or the last one did. */
  readonly ended: Promise<string>;
  /** Brings back what {@link kill} or {@link shutDown} ended, on the same port. */
  start(): Promise<void>;
  /** Resolves after its end when the signal ends it; `SIGSTOP` and `SIGCONT` let it hang and go on. Default SIGKILL. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Ends the server and keeps its folder. */
  shutDown(): Promise<void>;
  restart(): Promise<void>;
  /** Ends the server; removes the folder when it is a temporary one. */
  stop(): Promise<void>;
}

/** Of a cache, which comes back empty: what it would bring back may be older than what it had promised to forget. */
export const DEFAULT_SETTINGS: RedisSettings = { appendonly: 'no', save: '""' };

/**
 * Starts a server, installing its program first where that is needed.
 * @throws InfrastructureError `PROGRAM.UNAVAILABLE`, `SERVER.NOT_STARTED`; nothing is left running
 */
export async function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  const command = await obtain(redisProgram, options.onProgress);
  const directory = path.resolve(options.directory ?? mkdtempSync(path.join(tmpdir(), 'looseleaf-redis-')));
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const port = options.port ?? (await freePort());
  const password = options.password ?? keptPassword(directory);
  const logFile = path.join(directory, 'redis.log');
  const run = new ServerProcess({
    name: 'Redis',
    command,
    args: [configurationFile(directory, port, password, options.settings), ...(options.sentinel ? ['--sentinel'] : [])],
    cwd: directory,
    logFile,
    answers: () => answersPing(port, password),
  });
  const stop = async (): Promise<void> => {
    await run.stop();
    if (options.directory === undefined) rmSync(directory, { recursive: true, force: true });
  };
  try {
    await run.start();
  } catch (error) {
    await stop();
    throw error;
  }
  return new LocalRedis(run, stop, port, password, logFile);
}

class LocalRedis implements RedisServer {
  readonly url: string;

  constructor(
    private readonly run: ServerProcess,
    readonly stop: () => Promise<void>,
    readonly port: number,
    readonly password: string,
    readonly logFile: string,
  ) {
    this.url = `redis://:${password}@${LOOPBACK}:${port}`;
  }

  get pid(): number {
    return this.run.pid;
  }

  get ended(): Promise<string> {
    return this.run.ended;
  }

  start(): Promise<void> {
    return this.run.start();
  }

  kill(signal?: NodeJS.Signals): Promise<void> {
    return this.run.kill(signal);
  }

  shutDown(): Promise<void> {
    return this.run.stop();
  }

  async restart(): Promise<void> {
    await this.run.stop();
    await this.run.start();
  }
}

/** In a file, and not as arguments: everyone on the machine can read those. */
function configurationFile(directory: string, port: number, password: string, own: RedisSettings = {}): string {
  const settings = { ...DEFAULT_SETTINGS, ...own, bind: LOOPBACK, port, requirepass: password };
  const file = path.join(directory, 'redis.conf');
  const lines = Object.entries(settings).map(([name, value]) => `${name} ${value}\n`);
  writeFileSync(file, lines.join(''), { mode: 0o600 });
  return file;
}

function keptPassword(directory: string): string {
  const file = path.join(directory, 'password');
  if (!existsSync(file)) writeFileSync(file, randomBytes(24).toString('base64url'), { mode: 0o600 });
  return readFileSync(file, 'utf8');
}
