import { cacheStatus } from '@looseleaf/cache';
import { Controller, Get, Param, Query, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { ProblemError, InternalKeyGuard } from '@looseleaf/service-kit';
import { z } from 'zod';
import { pageQuery, text, type Page } from '../http/page.js';
import { Catalogue, type CatalogueItem } from './catalogue.js';

const listQuery = z.object({ query: text(200).optional(), ...pageQuery });
const skuParameter = text(64);

/** Items with price and stock, for the shop's own services. */
@Controller('internal/items')
@UseGuards(InternalKeyGuard)
export class CatalogueController {
  constructor(private readonly catalogue: Catalogue) {}

  @Get()
  list(@Query({ schema: listQuery }) query: z.infer<typeof listQuery>): Promise<Page<CatalogueItem>> {
    return this.catalogue.list(query);
  }

  @Get(':sku')
  async read(
    @Param('sku', { schema: skuParameter }) sku: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<CatalogueItem> {
    const served = await this.catalogue.find(sku);
    if (served) {
      void reply.header('cache-status', `${cacheStatus('looseleaf-inventory', served.stock)}; detail=stock`);
      return served.item;
    }
    throw new ProblemError(404, 'ITEM.UNKNOWN', 'No item has this sku; GET /v1/items lists what there is.');
  }
}
