import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort, LOOPBACK } from '../free-port.js';
import { obtain, type Progress } from '../programs/program.js';
import { ServerProcess } from '../servers/server-process.js';
import { ToxicProxy } from './toxic-proxy.js';
import { callToxiproxy } from './toxiproxy-api.js';
import { toxiproxyProgram } from './toxiproxy-program.js';

export interface ToxiproxyOptions {
  /** For its log; without one it is a temporary folder, removed by `stop`. */
  readonly directory?: string;
  /** Of its HTTP API; a free one when not given. */
  readonly port?: number;
  /** Told of an installation. */
  readonly onProgress?: Progress;
}

/** Puts a bad network between a client and a server. It keeps its proxies in memory. */
export interface Toxiproxy {
  /** Of its HTTP API. */
  readonly url: string;
  /** 0 while it does not run. */
  readonly pid: number;
  readonly logFile: string;
  /** Resolves with how it ended. */
  readonly ended: Promise<string>;
  /** @param upstream `host:port` of the server */
  createProxy(name: string, upstream: string, port?: number): Promise<ToxicProxy>;
  /** Takes away every toxic, and brings up every proxy that is down. */
  reset(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** @throws InfrastructureError `PROGRAM.UNAVAILABLE`, `SERVER.NOT_STARTED` */
export async function startToxiproxy(options: ToxiproxyOptions = {}): Promise<Toxiproxy> {
  const command = await obtain(toxiproxyProgram, options.onProgress);
  const isTemporary = options.directory === undefined;
  const directory = options.directory ?? mkdtempSync(path.join(tmpdir(), 'looseleaf-toxiproxy-'));
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const toxiproxy = new ToxiproxyServer(command, directory, isTemporary, options.port ?? (await freePort()));
  try {
    await toxiproxy.start();
  } catch (error) {
    await toxiproxy.stop();
    throw error;
  }
  return toxiproxy;
}

class ToxiproxyServer implements Toxiproxy {
  readonly url: string;
  readonly logFile: string;
  readonly #process: ServerProcess;

  constructor(
    command: string,
    private readonly directory: string,
    private readonly isTemporary: boolean,
    port: number,
  ) {
    this.url = `http://${LOOPBACK}:${port}`;
    this.logFile = path.join(directory, 'toxiproxy.log');
    this.#process = new ServerProcess({
      name: 'toxiproxy',
      command,
      args: ['-host', LOOPBACK, '-port', String(port)],
      cwd: directory,
      logFile: this.logFile,
      answers: () => this.#answers(),
    });
  }

  get pid(): number {
    return this.#process.pid;
  }

  get ended(): Promise<string> {
    return this.#process.ended;
  }

  async createProxy(name: string, upstream: string, port?: number): Promise<ToxicProxy> {
    const proxy = new ToxicProxy(this.url, name, port ?? (await freePort()));
    await callToxiproxy(this.url, 'POST', '/proxies', { name, upstream, listen: proxy.address, enabled: true });
    return proxy;
  }

  reset(): Promise<void> {
    return callToxiproxy(this.url, 'POST', '/reset');
  }

  start(): Promise<void> {
    return this.#process.start();
  }

  async stop(): Promise<void> {
    await this.#process.stop();
    if (this.isTemporary) rmSync(this.directory, { recursive: true, force: true });
  }

  async #answers(): Promise<boolean> {
    try {
      await callToxiproxy(this.url, 'GET', '/version');
      return true;
    } catch {
      return false; // not yet
    }
  }
}
