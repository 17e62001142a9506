import type { Cluster, Redis } from 'ioredis';
import { Invalidations, type ChangeListener } from './invalidations.js';
import type { RedisAddress } from './redis-url.js';

/** Hears of changes on each master of a cluster, as they come and go; what a new one changed before is in doubt. */
export class ClusterInvalidations {
  readonly #masters = new Map<string, Invalidations>();
  #closed = false;

  constructor(
    private readonly cluster: Cluster,
    private readonly address: RedisAddress,
    private readonly silenceMs: number,
    private readonly prefix: string,
    private readonly listener: ChangeListener,
    private readonly onError: (error: Error) => void,
  ) {
    // It has asked again which node has which keys.
    cluster.on('refresh', () => this.#follow());
    this.#follow();
  }

  close(): void {
    this.#closed = true;
    for (const master of this.#masters.values()) master.close();
  }

  #follow(): void {
    if (this.#closed) return;
    const present = new Map(this.cluster.nodes('master').map((node) => [nameOf(node), node]));
    for (const [name, master] of this.#masters) {
      if (present.has(name)) continue;
      master.close(); // which tells of the doubt
      this.#masters.delete(name);
    }
    for (const [name, { options }] of present) {
      if (this.#masters.has(name)) continue;
      const node = { host: options.host!, port: options.port! };
      const address: RedisAddress = { ...this.address, kind: 'standalone', nodes: [node] };
      this.#masters.set(name, new Invalidations(address, this.silenceMs, this.prefix, this.listener, this.onError));
    }
  }
}

function nameOf({ options: { host, port } }: Redis): string {
  return `${host}:${port}`;
}
