import { brokerConfigSchema, cacheConfigSchema, uploadsConfigSchema } from '@looseleaf/backing-services';
import { baseConfigSchema } from '@looseleaf/service-kit/program';
import { z } from 'zod';

const baseUrl = z.url({ protocol: /^http$/ });
const key = z.string().min(16);
const durationMs = z.coerce.number().int().min(0);

/** Everything that the web tier reads from its environment. */
export const webConfigSchema = baseConfigSchema
  .extend({
    /** Base URLs of the owners' internal HTTP APIs. */
    ORDERS_URL: baseUrl,
    INVENTORY_URL: baseUrl,
    SESSIONS_URL: baseUrl,
    NOTIFIER_URL: baseUrl,
    /** Of items and pages of the catalogue. `near` pays with a cache on the other side of a network. */
    CATALOGUE_CACHE: z.enum(['none', 'lazy', 'near']),
    /** For how long after its time what was read lately is answered while its owner is away, and the cache, maybe, as well. */
    CATALOGUE_STALE_IF_ERROR_MS: durationMs.default(30_000),
    /** For how long after its time it is answered at once, and asked for anew behind the reader's back; 0: never. */
    CATALOGUE_STALE_WHILE_REVALIDATE_MS: durationMs.default(0),
    /** Of carts: `near` keeps those of a replica's own customers in its memory. */
    CART_CACHE: z.enum(['none', 'near']),
    /** For how long a cart is shown without asking the session store. */
    CART_FRESH_MS: durationMs.default(2_000),
    /** For how long after that, while the session store is away. */
    CART_STALE_IF_ERROR_MS: durationMs.default(10 * 60_000),
    /** Whether the session's cookie goes over TLS only. No default: true is safe and does not work over plain HTTP. */
    SESSION_COOKIE_SECURE: z.stringbool(),
    /** What the internal HTTP APIs want as `Authorization: Bearer`. */
    INTERNAL_KEY: key,
    /** What operators send as `Authorization: Bearer`. */
    OPERATOR_KEY: key,
    /** Signs ids; the same for all replicas and for as long as ids are to be known. */
    ID_SECRET: z.string().min(32),
  })
  .and(brokerConfigSchema)
  .and(cacheConfigSchema)
  .and(uploadsConfigSchema);
export type WebConfig = z.infer<typeof webConfigSchema>;
