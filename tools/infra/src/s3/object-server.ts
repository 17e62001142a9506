import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort, LOOPBACK } from '../free-port.js';
import { obtain, type Progress } from '../programs/program.js';
import { ServerProcess } from '../servers/server-process.js';
import { versitygwProgram } from './versitygw-program.js';

const REGION = 'us-east-1';
const HEALTH_PATH = '/health';
const HEALTH_TIMEOUT_MS = 1_000;

export interface S3ServerOptions {
  /** Keeps objects and keys over stops; without one they are in a temporary folder, removed by `stop`. */
  readonly directory?: string;
  /** Default: a free one. */
  readonly port?: number;
  /** Told of an installation. */
  readonly onProgress?: Progress;
}

/** A server with the interface of S3, for path-style addresses: `<endpoint>/<bucket>/<key>`. It has no buckets at first. */
export interface S3Server {
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly logFile: string;
  /** 0 while it does not run. */
  readonly pid: number;
  /** Resolves with how the present run ended, or the last one did. */
  readonly ended: Promise<string>;
  /** Brings back what {@link kill} or {@link shutDown} ended, on the same port. */
  start(): Promise<void>;
  /** Resolves after its end when the signal ends it. Default SIGKILL. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Ends the server and keeps its data. */
  shutDown(): Promise<void>;
  restart(): Promise<void>;
  /** Ends the server; removes the data when the folder is a temporary one. */
  stop(): Promise<void>;
}

interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/**
 * Starts an S3 server on loopback, installing it first where that is needed. The folder must be on a file system with
 * extended attributes, as ext4, XFS and APFS are.
 * @throws InfrastructureError `PROGRAM.UNAVAILABLE`, `SERVER.NOT_STARTED`; nothing is left running
 */
export async function startObjectServer(options: S3ServerOptions = {}): Promise<S3Server> {
  const program = await obtain(versitygwProgram, options.onProgress);
  const directory = options.directory ?? mkdtempSync(path.join(tmpdir(), 'looseleaf-s3-'));
  const port = options.port ?? (await freePort());
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const keys = keysOf(directory);
  const run = runOf(program, directory, port, keys);
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
  return {
    endpoint: `http://${LOOPBACK}:${port}`,
    region: REGION,
    ...keys,
    logFile: logFileIn(directory),
    get pid() {
      return run.pid;
    },
    get ended() {
      return run.ended;
    },
    start: () => run.start(),
    kill: (signal) => run.kill(signal),
    shutDown: () => run.stop(),
    restart: async () => {
      await run.stop();
      await run.start();
    },
    stop,
  };
}

function runOf(program: string, directory: string, port: number, keys: Keys): ServerProcess {
  const [objects = '', versions = ''] = ['objects', 'versions'].map((name) => path.join(directory, name));
  for (const folder of [objects, versions]) mkdirSync(folder, { recursive: true, mode: 0o700 });
  const address = `${LOOPBACK}:${port}`;
  const server = ['--port', address, '--region', REGION, '--health', HEALTH_PATH, '--quiet', '--keep-alive'];
  return new ServerProcess({
    name: 'the S3 server',
    command: program,
    args: [...server, 'posix', '--versioning-dir', versions, objects],
    cwd: directory,
    // Not as arguments, which every user of the machine can read.
    env: { PATH: process.env.PATH, ROOT_ACCESS_KEY: keys.accessKeyId, ROOT_SECRET_KEY: keys.secretAccessKey },
    logFile: logFileIn(directory),
    answers: () => isHealthy(`http://${address}${HEALTH_PATH}`),
  });
}

function logFileIn(directory: string): string {
  return path.join(directory, 'server.log');
}

/** They stay with the data, so that who knew them once knows them after a restart. */
function keysOf(directory: string): Keys {
  const file = path.join(directory, 'root-keys.json');
  if (!existsSync(file)) {
    const keys: Keys = {
      accessKeyId: randomBytes(10).toString('hex'),
      secretAccessKey: randomBytes(30).toString('base64url'),
    };
    writeFileSync(file, JSON.stringify(keys), { mode: 0o600 });
  }
  return JSON.parse(readFileSync(file, 'utf8')) as Keys;
}

function isHealthy(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(url, { agent: false, timeout: HEALTH_TIMEOUT_MS }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.once('timeout', () => request.destroy());
    // Closed without an answer, or not connected.
    request.once('close', () => resolve(false));
    request.once('error', () => resolve(false));
  });
}
