import { setTimeout as sleep } from 'node:timers/promises';
import { ShopError } from './shop.error.js';

/** As long as the web tier itself may take. */
const TIMEOUT_MS = 30_000;
const RETRY_MS = 250;

export interface ShopClientOptions {
  readonly webUrl: string;
  /** Without it, a customer calls. */
  readonly operatorKey?: string | undefined;
  /** How long a call is repeated. */
  readonly patienceMs: number;
  /** Whether a status may be another one soon; by default those from 500 on. */
  readonly isPassing?: (status: number) => boolean;
}

interface Call {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: string;
  readonly contentType?: string;
}

/**
 * Calls a shop, again while it does not answer or says that it cannot at present. For looking at a shop and preparing it:
 * what measures one has to count its failures.
 */
export class ShopClient {
  constructor(private readonly options: ShopClientOptions) {}

  get isOperator(): boolean {
    return this.options.operatorKey !== undefined;
  }

  /** @throws ShopError `SHOP.AWAY`, `SHOP.REFUSED` */
  get<Body>(path: string): Promise<Body> {
    return this.#call({ method: 'GET', path });
  }

  /**
   * All items of a list, page after page.
   * @param path with a query
   * @throws as {@link get}
   */
  async list<Item>(path: string): Promise<Item[]> {
    const all: Item[] = [];
    for (let after = ''; ;) {
      const { items, next } = await this.get<{ items: Item[]; next?: string }>(path + after);
      all.push(...items);
      if (next === undefined) return all;
      after = `&after=${encodeURIComponent(next)}`;
    }
  }

  /**
   * A call that is repeated may be carried out more than once, unless its body has a key.
   * @throws as {@link get}
   */
  post<Body>(path: string, body: string, contentType = 'application/json'): Promise<Body> {
    return this.#call({ method: 'POST', path, body, contentType });
  }

  async #call<Body>(call: Call): Promise<Body> {
    const { webUrl, patienceMs } = this.options;
    const giveUpAt = Date.now() + patienceMs;
    for (;;) {
      const outcome = await this.#try(call);
      if ('body' in outcome) return outcome.body as Body;
      const failure = `${call.method} ${webUrl}${call.path}: ${outcome.obstacle}`;
      if (!outcome.isPassing) throw new ShopError('SHOP.REFUSED', failure);
      if (Date.now() > giveUpAt) throw new ShopError('SHOP.AWAY', failure);
      await sleep(RETRY_MS);
    }
  }

  async #try({ method, path, body, contentType }: Call): Promise<{ body: unknown } | Failure> {
    const { webUrl, operatorKey, isPassing = (status) => status >= 500 } = this.options;
    try {
      const response = await fetch(webUrl + path, {
        method,
        headers: {
          ...(contentType !== undefined && { 'content-type': contentType }),
          ...(operatorKey !== undefined && { authorization: `Bearer ${operatorKey}` }),
        },
        ...(body !== undefined && { body }),
        redirect: 'manual',
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      const text = await response.text();
      if (response.ok) return { body: JSON.parse(text) };
      return { obstacle: `${response.status} ${text.slice(0, 1_000)}`, isPassing: isPassing(response.status) };
    } catch (error) {
      const { message, cause } = error as Error & { readonly cause?: Error };
      return { obstacle: cause ? `${message}: ${cause.message}` : message, isPassing: true };
    }
  }
}

interface Failure {
  readonly obstacle: string;
  readonly isPassing: boolean;
}
