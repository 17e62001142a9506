import { freePort, LOOPBACK } from '../free-port.js';
import { obtain, type Progress } from '../programs/program.js';
import { LocalServer, started } from '../servers/local-server.js';
import { ServerFolder } from '../servers/server-folder.js';
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

/** One that was created here, and the port of 127.0.0.1 where clients connect to it. */
export type OpenProxy = ToxicProxy & { readonly port: number };

/** Puts a bad network between a client and a server. It keeps its proxies in memory. */
export class Toxiproxy extends LocalServer {
  /** Of its HTTP API. */
  readonly url: string;

  constructor(folder: ServerFolder, command: string, port: number) {
    const url = `http://${LOOPBACK}:${port}`;
    super(folder, {
      name: 'toxiproxy',
      command,
      args: ['-host', LOOPBACK, '-port', String(port)],
      answers: () => answers(url),
    });
    this.url = url;
  }

  /**
   * @param upstream `host:port` of the server
   * @param wantedPort of 127.0.0.1, where clients connect; default: a free one
   */
  async createProxy(name: string, upstream: string, wantedPort?: number): Promise<OpenProxy> {
    const port = wantedPort ?? (await freePort());
    const listen = `${LOOPBACK}:${port}`;
    await callToxiproxy(this.url, 'POST', '/proxies', { name, upstream, listen, enabled: true });
    return Object.assign(new ToxicProxy(this.url, name), { port });
  }

  /** Takes away every toxic, and brings up every proxy that is down. */
  reset(): Promise<void> {
    return callToxiproxy(this.url, 'POST', '/reset');
  }
}

/** @throws InfrastructureError `PROGRAM.UNAVAILABLE`, `SERVER.NOT_STARTED`; nothing is left running */
export async function startToxiproxy(options: ToxiproxyOptions = {}): Promise<Toxiproxy> {
  const command = await obtain(toxiproxyProgram, options.onProgress);
  const folder = new ServerFolder('toxiproxy', options.directory);
  return started(new Toxiproxy(folder, command, options.port ?? (await freePort())));
}

async function answers(url: string): Promise<boolean> {
  try {
    await callToxiproxy(url, 'GET', '/version');
    return true;
  } catch {
    return false; // not yet
  }
}
