import { Inject, Injectable } from '@nestjs/common';
import type { SignedIds } from '../signed-ids/signed-ids.js';
import { NEAR_CARTS, ORDER_IDS } from '../web.tokens.js';
import { toCartView } from './cart-view.schema.js';
import type { NearCarts } from './near-carts.js';
import type { SessionView } from './session-view.schema.js';

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
}
