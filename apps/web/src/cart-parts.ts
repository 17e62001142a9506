import { createMemoryCache, observed } from '@looseleaf/cache';
import { cacheMetrics } from '@looseleaf/service-kit';
import type { Provider, Type } from '@nestjs/common';
import { ChangeCartController } from './change-cart/change-cart.controller.js';
import { ChangeCart } from './change-cart/change-cart.js';
import { CheckOutController } from './check-out/check-out.controller.js';
import { CheckOut } from './check-out/check-out.js';
import { ReadCartController } from './read-cart/read-cart.controller.js';
import { ReadCart } from './read-cart/read-cart.js';
import { Carts } from './sessions/carts.js';
import { CheckoutOutcomes } from './sessions/checkout-outcomes.js';
import { NearCarts } from './sessions/near-carts.js';
import { SessionsApi } from './sessions/sessions-api.js';
import type { WebConfig } from './web.config.js';
import { NEAR_CARTS } from './web.tokens.js';

/** What carts may take of this process's memory: some ten thousand of them. */
const NEAR_MAX_BYTES = 16 * 1024 * 1024;
/** Bytes are the limit; this is more than they leave room for. */
const NEAR_MAX_ENTRIES = 100_000;

/** The routes of the cart. */
export const cartControllers: Type[] = [ReadCartController, ChangeCartController, CheckOutController];

/** What is behind them. */
export function cartProviders(config: WebConfig): Provider[] {
  return [
    SessionsApi,
    Carts,
    CheckoutOutcomes,
    ReadCart,
    ChangeCart,
    CheckOut,
    { provide: NEAR_CARTS, useFactory: () => createNearCarts(config) },
  ];
}

function createNearCarts(config: WebConfig): NearCarts | undefined {
  if (config.CART_CACHE === 'none') return undefined;
  const cache = createMemoryCache({ name: 'carts', maxBytes: NEAR_MAX_BYTES, maxEntries: NEAR_MAX_ENTRIES });
  return new NearCarts(observed(cache, cacheMetrics()), {
    freshMs: config.CART_FRESH_MS,
    keptMs: config.CART_FRESH_MS + config.CART_STALE_IF_ERROR_MS,
  });
}
