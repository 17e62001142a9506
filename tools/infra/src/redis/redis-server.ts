import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { freePort, LOOPBACK } from '../free-port.js';
import { obtain, type Progress } from '../programs/program.js';
import { LocalServer, started } from '../servers/local-server.js';
import { ServerFolder } from '../servers/server-folder.js';
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

/** Of a cache, which comes back empty: what it would bring back may be older than what it had promised to forget. */
export const DEFAULT_SETTINGS: RedisSettings = { appendonly: 'no', save: '""' };

/** A Redis or Valkey server, by password only. */
export class RedisServer extends LocalServer {
  /** `redis://:password@127.0.0.1:port` */
  readonly url: string;

  constructor(
    folder: ServerFolder,
    command: string,
    readonly port: number,
    readonly password: string,
    { settings = {}, sentinel = false }: Pick<RedisOptions, 'settings' | 'sentinel'>,
  ) {
    const configuration = folder.file('redis.conf');
    super(folder, {
      name: 'Redis',
      command,
      args: [configuration, ...(sentinel ? ['--sentinel'] : [])],
      answers: () => answersPing(port, password),
    });
    this.url = `redis://:${password}@${LOOPBACK}:${port}`;
    configure(configuration, { ...DEFAULT_SETTINGS, ...settings, bind: LOOPBACK, port, requirepass: password });
  }
}

/**
 * Starts a server, installing its program first where that is needed.
 * @throws InfrastructureError `PROGRAM.UNAVAILABLE`, `SERVER.NOT_STARTED`; nothing is left running
 */
export async function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  const command = await obtain(redisProgram, options.onProgress);
  const folder = new ServerFolder('redis', options.directory);
  const port = options.port ?? (await freePort());
  const password = options.password ?? keptPassword(folder.file('password'));
  return started(new RedisServer(folder, command, port, password, options));
}

/** In a file, and not as arguments: everyone on the machine can read those. */
function configure(file: string, settings: RedisSettings): void {
  const lines = Object.entries(settings).map(([name, value]) => `${name} ${value}\n`);
  writeFileSync(file, lines.join(''), { mode: 0o600 });
}

function keptPassword(file: string): string {
  if (!existsSync(file)) writeFileSync(file, randomBytes(24).toString('base64url'), { mode: 0o600 });
  return readFileSync(file, 'utf8');
}
