import { cacheStatus } from '@looseleaf/cache';
import { InternalKeyGuard } from '@looseleaf/service-kit';
import { Controller, Get, Query, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { pageQuery, text, type Page } from '../http/page.js';
import type { StockLevel } from '../stock/stock-level.js';
import { StockLevels } from './stock-levels.js';

const listQuery = z.object({
  store: text(128).optional(),
  sku: text(64).optional(),
  consistency: z.enum(['eventual', 'strong']).optional(),
  ...pageQuery,
});

/** What each store can still sell, for the shop's own services. */
@Controller('internal/stock')
@UseGuards(InternalKeyGuard)
export class StockLevelsController {
  constructor(private readonly levels: StockLevels) {}

  @Get()
  async list(
    @Query({ schema: listQuery }) query: z.infer<typeof listQuery>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Page<StockLevel>> {
    const { page, reading } = await this.levels.list(query);
    void reply.header('cache-status', cacheStatus('looseleaf-inventory', reading));
    return page;
  }
}
