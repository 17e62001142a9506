import { ToxicProxy, type Toxic } from '@looseleaf/infra';
import type { RunningShop } from '@looseleaf/launcher';
import type { Outage } from './outage.js';
import { remotePorts, serviceProcess, type ServiceName } from './processes.js';
import { until } from './until.js';

export type ServerName = 'postgres' | 'kafka' | 'redis' | 's3';

/** From a service to a server. */
export type Way = readonly [service: ServiceName, server: ServerName];

/** The network of a shop that was started with `--toxiproxy` and one node of Kafka. */
export class Network {
  readonly #url: string;

  constructor(private readonly shop: RunningShop) {
    const { address } = shop.servers.find(({ kind }) => kind === 'toxiproxy')!;
    this.#url = `http://${address}`;
  }

  /** Nothing arrives any more, in neither direction, while connections stay open. They break when the way is mended. */
  cut(ways: readonly Way[], lastsMs: number): Outage {
    return this.#spoil(ways, { type: 'timeout', timeoutMs: 0 }, lastsMs);
  }

  /** Whatever is asked, the answer takes so much longer. */
  delay(ways: readonly Way[], latencyMs: number, lastsMs: number): Outage {
    return this.#spoil(ways, { type: 'latency', latencyMs: latencyMs / 2 }, lastsMs);
  }

  /** Otherwise to break them would show nothing. @throws Error when a service has another way to a server, or none */
  async expectNoOtherWays(ways: readonly Way[]): Promise<void> {
    const proxies = await this.#portsOfProxies();
    const servers = [this.shop.postgres.port, ...this.shop.servers.map(({ address }) => portOf(address))];
    for (const [service, server] of ways) {
      const process = serviceProcess(this.shop, service);
      const port = proxies.get(`${service}-${server}`)!;
      await until(`${service} is connected to ${server} through its proxy`, () => remotePorts(process).includes(port));
      expect(remotePorts(process).filter((each) => servers.includes(each))).toEqual([]);
    }
  }

  #spoil(ways: readonly Way[], toxic: Toxic, lastsMs: number): Outage {
    let mends: (() => Promise<void>)[] = [];
    return {
      begin: async () => {
        const proxies = ways.map(([service, server]) => new ToxicProxy(this.#url, `${service}-${server}`));
        mends = await Promise.all(proxies.map((proxy) => proxy.add(toxic)));
      },
      lastsMs,
      end: async () => {
        await Promise.all(mends.map((mend) => mend()));
      },
    };
  }

  async #portsOfProxies(): Promise<Map<string, number>> {
    const response = await fetch(`${this.#url}/proxies`);
    const proxies = (await response.json()) as Record<string, { listen: string }>;
    return new Map(Object.entries(proxies).map(([name, { listen }]) => [name, portOf(listen)]));
  }
}

function portOf(address: string): number {
  return Number(address.split(':').at(-1));
}
