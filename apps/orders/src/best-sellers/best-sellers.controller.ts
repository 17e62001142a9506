import { cacheStatus } from '@looseleaf/cache';
import { bestSellerWindow, MAX_BEST_SELLERS, type BestSellerWindow } from '@looseleaf/contracts';
import { InternalKeyGuard } from '@looseleaf/service-kit';
import { Controller, Get, Query, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { BestSellers, type SoldItem } from './best-sellers.js';

const query = z.object({
  window: bestSellerWindow,
  limit: z.coerce.number().int().min(1).max(MAX_BEST_SELLERS),
});

interface BestSellersView {
  readonly window: BestSellerWindow;
  readonly since: string;
  readonly items: readonly SoldItem[];
}

/** What was sold most, for the shop's own services. */
@Controller('internal/best-sellers')
@UseGuards(InternalKeyGuard)
export class BestSellersController {
  constructor(private readonly bestSellers: BestSellers) {}

  @Get()
  async read(
    @Query({ schema: query }) { window, limit }: z.infer<typeof query>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<BestSellersView> {
    const reading = await this.bestSellers.read(window);
    const { since, items, source } = reading.value;
    void reply.header('cache-status', `${cacheStatus('looseleaf-orders', reading)}; detail=${source}`);
    return { window, since, items: items.slice(0, limit) };
  }
}
