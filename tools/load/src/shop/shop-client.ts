import { setTimeout as sleep } from 'node:timers/promises';
import { LoadError } from '../load.error.js';

const TIMEOUT_MS = 30_000;
const RETRY_MS = 500;

export interface Answer<Body> {
  readonly status: number;
  readonly body: Body;
}

/** Calls a shop, again while it does not answer or says that it cannot at present. */
export class ShopClient {
  /** @param patienceMs how long a call is repeated */
  constructor(
    private readonly webUrl: string,
    private readonly operatorKey: string | undefined,
    private readonly patienceMs: number,
  ) {}

  get isOperator(): boolean {
    return this.operatorKey !== undefined;
  }

  /** @throws LoadError `LOAD.SHOP_AWAY`, `LOAD.SHOP_REFUSED` */
  async get<Body>(path: string): Promise<Body> {
    const { status, body } = await this.#call<Body>('GET', path);
    if (status === 200) return body;
    throw new LoadError(
      'LOAD.SHOP_REFUSED',
      `${this.webUrl} answered GET ${path} with ${status} ${JSON.stringify(body)}`,
    );
  }

  /** @throws LoadError `LOAD.SHOP_AWAY` */
  post<Body>(path: string, body: string, contentType = 'application/json'): Promise<Answer<Body>> {
    return this.#call('POST', path, body, contentType);
  }

  /** Any answer below 500 is one. */
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
      return { status: response.status, body: JSON.parse(text) as Body };
    } catch (error) {
      const { message, cause } = error as Error;
      return cause instanceof Error ? `${message}: ${cause.message}` : message;
    }
  }
}
