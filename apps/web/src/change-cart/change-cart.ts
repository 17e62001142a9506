import { Injectable } from '@nestjs/common';
import type { OrderLine } from '@looseleaf/contracts';
import { ProblemError } from '@looseleaf/service-kit';
import { cartETag, EMPTY_CART_ETAG, seenVersion } from '../sessions/cart-etag.js';
import { Carts } from '../sessions/carts.js';
import { newSessionCookie, type SessionCookie } from '../sessions/session-cookie.js';
import type { SessionView } from '../sessions/session-view.schema.js';
import { SessionsApi } from '../sessions/sessions-api.js';

/** A cart after a change. */
export interface ChangedCart {
  /** JSON. */
  readonly body: string;
  readonly etag: string;
  /** What the customer's cookie is to say from now on; none when there is no session. */
  readonly cookie?: SessionCookie;
}

const NO_CART: ChangedCart = { body: '{"version":0,"lines":[]}', etag: EMPTY_CART_ETAG };

/** Changes carts. Whose cookie names no session, gets a new one with the first line: an id from outside is never made one. */
@Injectable()
export class ChangeCart {
  constructor(
    private readonly sessions: SessionsApi,
    private readonly carts: Carts,
  ) {}

  /** @param ifMatch `If-Match`; @throws as {@link SessionsApi} */
  async setLine(cookie: SessionCookie | undefined, line: OrderLine, ifMatch?: string): Promise<ChangedCart> {
    const changed = await this.#change(cookie, ifMatch, (key, seen) => this.sessions.setLine(key, line, { seen }));
    if (changed) return changed;
    // A cart that is named has been there, and is gone.
    seenVersion(ifMatch, undefined);
    const fresh = newSessionCookie();
    const session = await this.sessions.setLine(fresh.key, line, { create: true });
    if (!session) throw new ProblemError(503, 'SESSION.LOST', 'The session was lost as it was made. Try again.');
    return this.#changed(fresh, session);
  }

  /** @param ifMatch `If-Match`; @throws as {@link SessionsApi} */
  async removeLine(cookie: SessionCookie | undefined, sku: string, ifMatch?: string): Promise<ChangedCart> {
    return (await this.#change(cookie, ifMatch, (key, seen) => this.sessions.removeLine(key, sku, seen))) ?? NO_CART;
  }

  /** @param ifMatch `If-Match`; @throws as {@link SessionsApi} */
  async empty(cookie: SessionCookie | undefined, ifMatch?: string): Promise<ChangedCart> {
    return (await this.#change(cookie, ifMatch, (key, seen) => this.sessions.emptyCart(key, seen))) ?? NO_CART;
  }

  /** @returns `undefined` when there is no session */
  async #change(
    cookie: SessionCookie | undefined,
    ifMatch: string | undefined,
    change: (key: string, seen: number | undefined) => Promise<SessionView | undefined>,
  ): Promise<ChangedCart | undefined> {
    if (!cookie) return undefined;
    const session = await change(cookie.key, seenVersion(ifMatch, cookie.key));
    return session && this.#changed(cookie, session);
  }

  async #changed(cookie: SessionCookie, session: SessionView): Promise<ChangedCart> {
    const { version, body } = await this.carts.show(cookie.key, session);
    return {
      body,
      etag: cartETag(cookie.key, version),
      cookie: { ...cookie, version: Math.max(cookie.version, version) },
    };
  }
}
