import { Inject, Injectable } from '@nestjs/common';
import { ProblemError } from '@looseleaf/service-kit';
import type { SignedIds } from '../signed-ids/signed-ids.js';
import { NEAR_CARTS, ORDER_IDS } from '../web.tokens.js';
import { toCartView } from './cart-view.schema.js';
import type { NearCarts } from './near-carts.js';
import type { SessionCookie } from './session-cookie.js';
import type { SessionView } from './session-view.schema.js';
import { SessionsApi } from './sessions-api.js';

/** A cart as it is answered. */
export interface ShownCart {
  readonly version: number;
  /** JSON. */
  readonly body: string;
  /** Whether it is kept near. */
  readonly stored: boolean;
}

/** What all that is done with carts has in common. */
@Injectable()
export class Carts {
  constructor(
    private readonly sessions: SessionsApi,
    @Inject(ORDER_IDS) private readonly orderIds: SignedIds,
    @Inject(NEAR_CARTS) private readonly near: NearCarts | undefined,
  ) {}

  /** The caller whose idempotency keys a session's checkouts are. */
  callerOf(key: string): string {
    return `session/${key}`;
  }

  /** The id of a checkout's order: the same on every replica, whether the order is placed or not. */
  orderIdOf(key: string, checkoutId: string): string {
    return this.orderIds.derive(this.callerOf(key), checkoutId);
  }

  /** Shows a session's cart as it has just been told, and keeps it near. */
  async show(key: string, session: SessionView): Promise<ShownCart> {
    const body = JSON.stringify(toCartView(session, (checkoutId) => this.orderIdOf(key, checkoutId)));
    // What becomes of a pending checkout shows in the session store first.
    const stored = this.near !== undefined && !session.pending;
    if (stored) await this.near.keep(key, session.version, body);
    return { version: session.version, body, stored };
  }

  /** A cart about which something is being decided shows from its owner only. */
  async forget(key: string): Promise<void> {
    await this.near?.forget(key);
  }

  /** The cookie that tells of an accepted checkout, until the session store knows. */
  claim(cookie: SessionCookie, checkoutId: string, acceptedAt: string): SessionCookie {
    const proof = this.#prove(cookie.key, checkoutId, acceptedAt);
    return { ...cookie, accepted: [{ id: checkoutId, acceptedAt, proof }] };
  }

  /**
   * Completes the checkouts that the customer was told were accepted and the session store was not.
   * @returns the cookie without them; its version is the session's by now
   * @throws as {@link SessionsApi}, while the session store is away
   */
  async settle(cookie: SessionCookie): Promise<SessionCookie> {
    const { key, accepted } = cookie;
    if (accepted.length === 0) return cookie;
    let { version } = cookie;
    for (const { id, acceptedAt, proof } of accepted) {
      if (proof !== this.#prove(key, id, acceptedAt)) continue;
      const session = await this.sessions.complete(key, id, acceptedAt).catch(ifNotOvertaken);
      version = Math.max(version, session?.version ?? 0);
    }
    return { ...cookie, version, accepted: [], settled: accepted.map(({ id }) => id) };
  }

  /** Only the web tier can make it, and it is good for one checkout of one session. */
  #prove(key: string, checkoutId: string, acceptedAt: string): string {
    return this.orderIds.derive(`accepted/${key}`, `${checkoutId}/${acceptedAt}`);
  }
}

/** A checkout that others have overtaken is settled. */
function ifNotOvertaken(error: unknown): undefined {
  if (error instanceof ProblemError && error.status === 409) return undefined;
  throw error;
}
