import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { freePort, LOOPBACK } from '../free-port.js';
import { obtain, type Progress } from '../programs/program.js';
import { LocalServer, started } from '../servers/local-server.js';
import { ServerFolder } from '../servers/server-folder.js';
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

interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** A server with the interface of S3, for path-style addresses: `<endpoint>/<bucket>/<key>`. It has no buckets at first. */
export class S3Server extends LocalServer {
  readonly endpoint: string;
  readonly region = REGION;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;

  constructor(folder: ServerFolder, command: string, port: number) {
    const [objects, versions] = [folder.file('objects'), folder.file('versions')];
    for (const directory of [objects, versions]) mkdirSync(directory, { recursive: true, mode: 0o700 });
    const { accessKeyId, secretAccessKey } = keptKeys(folder.file('root-keys.json'));
    const address = `${LOOPBACK}:${port}`;
    const server = ['--port', address, '--region', REGION, '--health', HEALTH_PATH, '--quiet', '--keep-alive'];
    super(folder, {
      name: 'the S3 server',
      command,
      args: [...server, 'posix', '--versioning-dir', versions, objects],
      // Not as arguments, which every user of the machine can read.
      env: { PATH: process.env.PATH, ROOT_ACCESS_KEY: accessKeyId, ROOT_SECRET_KEY: secretAccessKey },
      answers: () => isHealthy(`http://${address}${HEALTH_PATH}`),
    });
    this.endpoint = `http://${address}`;
    this.accessKeyId = accessKeyId;
    this.secretAccessKey = secretAccessKey;
  }
}

/**
 * Starts an S3 server on loopback, installing it first where that is needed. The folder must be on a file system with
 * extended attributes, as ext4, XFS and APFS are.
 * @throws InfrastructureError `PROGRAM.UNAVAILABLE`, `SERVER.NOT_STARTED`; nothing is left running
 */
export async function startObjectServer(options: S3ServerOptions = {}): Promise<S3Server> {
  const command = await obtain(versitygwProgram, options.onProgress);
  const folder = new ServerFolder('s3', options.directory);
  return started(new S3Server(folder, command, options.port ?? (await freePort())));
}

/** They stay with the data, so that who knew them once knows them after a restart. */
function keptKeys(file: string): Keys {
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
