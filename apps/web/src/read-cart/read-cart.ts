import { Inject, Injectable } from '@nestjs/common';
import { SingleFlight } from '@looseleaf/cache';
import { ProblemError } from '@looseleaf/service-kit';
import { BYPASS, servedStatus } from '../http/cache-status.js';
import { Carts } from '../sessions/carts.js';
import { cartETag, EMPTY_CART_ETAG } from '../sessions/cart-etag.js';
import { CheckoutOutcomes } from '../sessions/checkout-outcomes.js';
import type { NearCart, NearCarts } from '../sessions/near-carts.js';
import type { SessionCookie } from '../sessions/session-cookie.js';
import { SessionsApi } from '../sessions/sessions-api.js';
import { NEAR_CARTS } from '../web.tokens.js';

/** A cart, and how it was come by. */
export interface CartReading {
  /** JSON. */
  readonly body: string;
  readonly etag: string;
  /** For the header of that name; none when nobody was asked. */
  readonly cacheStatus?: string | undefined;
  /** What the customer's cookie is to say from now on, if anything else. */
  readonly cookie?: SessionCookie | undefined;
}

const NO_CART: CartReading = { body: '{"version":0,"lines":[]}', etag: EMPTY_CART_ETAG };
/** The session store is away, silent or broken. */
const OUTAGES: readonly number[] = [502, 503, 504];

/**
 * Shows carts. One that is kept near is shown without asking anyone, if it is at least as new as what its customer has seen;
 * while the session store is away, also when it has been there for a while.
 */
@Injectable()
export class ReadCart {
  /** Readers of a cart who come at the same time, having seen the same version of it, share one answer. */
  readonly #asking = new SingleFlight<CartReading>();

  constructor(
    private readonly sessions: SessionsApi,
    private readonly carts: Carts,
    private readonly outcomes: CheckoutOutcomes,
    @Inject(NEAR_CARTS) private readonly near: NearCarts | undefined,
  ) {}

  /**
   * @param strong the cart as the database has it now
   * @throws as {@link SessionsApi}, when nothing near may stand in
   */
  async read(cookie: SessionCookie | undefined, strong: boolean): Promise<CartReading> {
    if (!cookie) return NO_CART;
    if (strong) return this.#ask(cookie, strong);
    const kept = await this.near?.find(cookie.key, cookie.version);
    if (kept && kept.freshForMs > 0) return fromNear(cookie.key, kept, 'hit');
    try {
      return await this.#asking.join(cookie.key, String(cookie.version), () => this.#ask(cookie, false)).result;
    } catch (error) {
      if (kept && isOutage(error)) return fromNear(cookie.key, kept, 'stale');
      throw error;
    }
  }

  async #ask(cookie: SessionCookie, strong: boolean): Promise<CartReading> {
    const { key, version } = cookie;
    const answer = await this.sessions.read(key, { atLeast: version, strong });
    if (!answer.session) return NO_CART;
    const session = await this.outcomes.settle(key, answer.session);
    const shown = await this.carts.show(key, session);
    const reading = { ...BYPASS, status: strong ? 'bypass' : 'miss', stored: shown.stored } as const;
    return {
      body: shown.body,
      etag: cartETag(key, shown.version),
      cacheStatus: servedStatus(reading, answer.cacheStatus),
      ...(session !== answer.session && { cookie: { ...cookie, version: Math.max(version, shown.version) } }),
    };
  }
}

function fromNear(key: string, { version, body, freshForMs }: NearCart, status: 'hit' | 'stale'): CartReading {
  const reading = { status, ttlMs: freshForMs, stored: false, collapsed: false };
  return { body, etag: cartETag(key, version), cacheStatus: servedStatus(reading) };
}

function isOutage(error: unknown): boolean {
  return error instanceof ProblemError && OUTAGES.includes(error.status);
}
