import { setTimeout as sleep } from 'node:timers/promises';
import { LoadError } from '../load.error.js';

const TIMEOUT_MS = 30_000;
const RETRY_MS = 500;
/** After load, a part of the shop may be on its way back. */
const DEFAULT_PATIENCE_MS = 60_000;

export interface Answer<Body> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

/** Calls a shop, again while it does not answer or says that it cannot at present. */
export class ShopClient {
  constructor(
    private readonly webUrl: string,
    private readonly operatorKey?: string,
    private readonly patienceMs = DEFAULT_PATIENCE_MS,
  ) {}

  get isOperator(): boolean {
    return this.operatorKey !== undefined;
  }

  get<Body>(path: string): Promise<Answer<Body>> {
    return this.#call('GET', path);
  }

  post<Body>(path: string, body: string, contentType = 'application/json'): Promise<Answer<Body>> {
    return this.#call('POST', path, body, contentType);
  }

  /** @throws LoadError `LOAD.SHOP_AWAY` when it gave no lasting answer in time; any answer below 500 is one */
  async #call<Body>(method: string, path: string, body?: string, contentType?: string): Promise<Answer<Body>> {
    const giveUpAt = Date.now() + this.patienceMs;
    for (;;) {
      const outcome = await this.#try<Body>(method, path, body, contentType);
      if (typeof outcome !== 'string') return outcome;
      if (Date.now() > giveUpAt) {
        throw new LoadError('LOAD.SHOP_AWAY', `${this.webUrl} does not answer ${method} ${path}: ${outcome}`);
      }
      await sleep(RETRY_MS);
    }
  }

  /** @returns the answer, or what kept it away */
  async #try<Body>(method: string, path: string, body?: string, contentType?: string): Promise<Answer<Body> | string> {
    try {
      const response = await fetch(this.webUrl + path, {
        method,
        headers: {
          ...(contentType !== undefined && { 'content-type': contentType }),
          ...(this.operatorKey !== undefined && { authorization: `Bearer ${this.operatorKey}` }),
        },
        ...(body !== undefined && { body }),
        redirect: 'manual',
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      const text = await response.text();
      if (response.status >= 500) return `${response.status} ${text.slice(0, 200)}`;
      return { status: response.status, headers: response.headers, body: JSON.parse(text) as Body };
    } catch (error) {
      const { message, cause } = error as Error;
      return cause instanceof Error ? `${message}: ${cause.message}` : message;
    }
  }
}
