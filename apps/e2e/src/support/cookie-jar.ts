import type { HttpAnswer } from './http-client.js';

/** A browser's cookies. */
export class CookieJar {
  readonly #cookies = new Map<string, string>();

  get headers(): { cookie?: string } {
    if (this.#cookies.size === 0) return {};
    return { cookie: [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ') };
  }

  take({ headers }: HttpAnswer): void {
    for (const cookie of headers['set-cookie'] ?? []) {
      const [pair = '', ...attributes] = cookie.split('; ');
      const middle = pair.indexOf('=');
      if (attributes.includes('Max-Age=0')) this.#cookies.delete(pair.slice(0, middle));
      else this.#cookies.set(pair.slice(0, middle), pair.slice(middle + 1));
    }
  }
}
