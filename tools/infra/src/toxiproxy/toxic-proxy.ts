import { callToxiproxy } from './toxiproxy-api.js';

/** What a network does to data on its way, in both directions unless one is named. */
export type Toxic =
  /** All of it arrives later. */
  | { readonly type: 'latency'; readonly latencyMs: number; readonly jitterMs?: number }
  /** None of it arrives; after the time the connection is closed, with 0 it stays open for ever. */
  | { readonly type: 'timeout'; readonly timeoutMs: number }
  /** Connections are reset after the time. */
  | { readonly type: 'reset'; readonly afterMs: number }
  | { readonly type: 'bandwidth'; readonly kilobytesPerSecond: number };

/** Seen from the client: `upstream` is what it sends, `downstream` what it gets. */
export type Direction = 'upstream' | 'downstream';

const DIRECTIONS: readonly Direction[] = ['upstream', 'downstream'];

/** A proxy that is there: it passes everything on to a server, until it is told not to. */
export class ToxicProxy {
  readonly #target: string;

  /** @param url of toxiproxy's API */
  constructor(
    private readonly url: string,
    readonly name: string,
  ) {
    this.#target = `/proxies/${name}`;
  }

  /** Works on open connections, too. One of each type for a direction. @returns what takes it away again */
  async add(toxic: Toxic, directions: readonly Direction[] = DIRECTIONS): Promise<() => Promise<void>> {
    const { type, attributes } = onTheWire(toxic);
    const names = directions.map((direction) => ({ name: `${type}-${direction}`, direction }));
    for (const { name, direction } of names) {
      await this.#call('POST', '/toxics', { name, type, stream: direction, attributes });
    }
    return async () => {
      for (const { name } of names) await this.#call('DELETE', `/toxics/${name}`);
    };
  }

  /** Ends every connection and refuses new ones. */
  down(): Promise<void> {
    return this.#call('POST', '', { enabled: false });
  }

  up(): Promise<void> {
    return this.#call('POST', '', { enabled: true });
  }

  #call(method: 'POST' | 'DELETE', target: string, body?: object): Promise<void> {
    return callToxiproxy(this.url, method, `${this.#target}${target}`, body);
  }
}

function onTheWire(toxic: Toxic): { type: string; attributes: object } {
  switch (toxic.type) {
    case 'latency':
      return { type: 'latency', attributes: { latency: toxic.latencyMs, jitter: toxic.jitterMs ?? 0 } };
    case 'timeout':
      return { type: 'timeout', attributes: { timeout: toxic.timeoutMs } };
    case 'reset':
      return { type: 'reset_peer', attributes: { timeout: toxic.afterMs } };
    case 'bandwidth':
      return { type: 'bandwidth', attributes: { rate: toxic.kilobytesPerSecond } };
  }
}
