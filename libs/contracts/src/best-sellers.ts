import { z } from 'zod';

/** How far back best sellers are counted. */
export const BEST_SELLER_WINDOWS = ['1h', '24h', '7d'] as const;
export const bestSellerWindow = z.enum(BEST_SELLER_WINDOWS);
export type BestSellerWindow = z.infer<typeof bestSellerWindow>;

/** Most places of a list of best sellers. */
export const MAX_BEST_SELLERS = 100;
