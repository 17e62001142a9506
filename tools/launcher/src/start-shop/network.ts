import path from 'node:path';
import { freePort, LOOPBACK, startToxiproxy, type Progress, type ProxiedListener } from '@looseleaf/infra';
import type { ServerState } from '../data-directory/server-state.js';
import { SupervisedServer } from '../servers/supervised-server.js';
import { SERVICES, type ServiceName } from './service-plan.js';

export interface NetworkOptions {
  /** Under which its log is kept. */
  readonly directory: string;
  readonly kafkaNodes: 1 | 3;
  /** Told of an installation. */
  readonly onProgress: Progress;
  /** Told in words when it ended and when it is back. */
  readonly onChange: (text: string) => void;
}

/** From a service to a server: a proxy of that name, `orders-redis`. */
interface Way {
  readonly service: ServiceName;
  readonly target: ServerState;
  /** `host:port` of where the proxy leads. */
  readonly upstream: string;
  /** Of the proxy. */
  readonly port: number;
}

/**
 * A toxiproxy that stands between each service and each server, so that every single one of these ways can be made slow
 * or cut while the shop runs. Start it before Kafka, which has to know its proxies, and lead it to the servers when they run.
 */
export class Network {
  #ways: readonly Way[] = [];
  #supervised: SupervisedServer | undefined;

  private constructor(
    private readonly options: NetworkOptions,
    /** One for each service. */
    readonly kafkaListeners: readonly ProxiedListener[],
  ) {}

  static async plan(options: NetworkOptions): Promise<Network> {
    const listeners: ProxiedListener[] = [];
    for (const service of SERVICES) {
      const nodes = [];
      for (let node = 0; node < options.kafkaNodes; node++) {
        nodes.push({ port: await freePort(), proxyPort: await freePort() });
      }
      listeners.push({ name: service.toUpperCase(), nodes });
    }
    return new Network(options, listeners);
  }

  get states(): readonly ServerState[] {
    return this.#supervised ? [this.#supervised.state] : [];
  }

  /** @throws InfrastructureError `PROGRAM.UNAVAILABLE`, `SERVER.NOT_STARTED` */
  async start(servers: readonly ServerState[]): Promise<void> {
    const { directory, onProgress, onChange } = this.options;
    this.#ways = await this.#planWays(servers);
    const toxiproxy = await startToxiproxy({ directory: path.join(directory, 'toxiproxy'), onProgress });
    const open = async (): Promise<void> => {
      for (const { service, target, upstream, port } of this.#ways) {
        await toxiproxy.createProxy(`${service}-${target.name}`, upstream, port);
      }
    };
    this.#supervised = new SupervisedServer(
      { name: 'toxiproxy', kind: 'toxiproxy', address: new URL(toxiproxy.url).host },
      {
        get pid() {
          return toxiproxy.pid;
        },
        get ended() {
          return toxiproxy.ended;
        },
        logFile: toxiproxy.logFile,
        // It keeps its proxies in memory.
        start: async () => {
          await toxiproxy.start();
          await open();
        },
        stop: () => toxiproxy.stop(),
      },
      onChange,
    );
    await open();
  }

  /** The same text, such as a URL, with the addresses of the service's proxies instead of the servers' own. */
  through(service: ServiceName, text: string): string {
    return this.#ways
      .filter((way) => way.service === service)
      .reduce((led, { target, port }) => led.replace(target.address, `${LOOPBACK}:${port}`), text);
  }

  async stop(): Promise<void> {
    await this.#supervised?.stop();
  }

  async #planWays(servers: readonly ServerState[]): Promise<Way[]> {
    const kafka = servers.filter(({ kind }) => kind === 'kafka');
    const ways: Way[] = [];
    for (const [index, service] of SERVICES.entries()) {
      for (const target of servers) {
        const node = this.kafkaListeners[index]!.nodes[kafka.indexOf(target)];
        ways.push({
          service,
          target,
          upstream: node ? `${LOOPBACK}:${node.port}` : target.address,
          port: node?.proxyPort ?? (await freePort()),
        });
      }
    }
    return ways;
  }
}
