import { InternalKeyGuard } from '@looseleaf/service-kit';
import { Controller, Get, Query, UseGuards } from '@nestjs/common';
import { z } from 'zod';
import { pageQuery, text, type Page } from '../http/page.js';
import { StockLevels, type StockLevel } from './stock-levels.js';

const listQuery = z.object({ store: text(128).optional(), sku: text(64).optional(), ...pageQuery });

/** What each store can still sell, for the shop's own services. */
@Controller('internal/stock')
@UseGuards(InternalKeyGuard)
export class StockLevelsController {
  constructor(private readonly levels: StockLevels) {}

  @Get()
  list(@Query({ schema: listQuery }) query: z.infer<typeof listQuery>): Promise<Page<StockLevel>> {
    return this.levels.list(query);
  }
}
