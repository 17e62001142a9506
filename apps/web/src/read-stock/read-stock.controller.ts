import { Controller, Get, Inject, Query, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { ApiProblems } from '../api-document/api-problems.decorator.js';
import { outputSchema } from '../api-document/json-schema.js';
import { relayedStatus } from '../http/cache-status.js';
import { cursor, limit, pageOf } from '../http/page.schema.js';
import { storableText } from '../http/text.schema.js';
import { relay, withQuery } from '../upstream/relay.js';
import type { Upstream } from '../upstream/upstream.js';
import { INVENTORY_API } from '../web.tokens.js';

const stockQuery = z.object({
  store: storableText(128).optional(),
  sku: storableText(64).optional(),
  consistency: z.enum(['eventual', 'strong']).optional(),
  after: cursor.optional(),
  limit: limit.optional(),
});
type StockQuery = z.infer<typeof stockQuery>;
const stockRow = z.object({ store: z.string(), sku: z.string(), count: z.int().min(0) });

/** `GET /v1/stock`: what can still be sold, relayed from the inventory. */
@ApiTags('catalogue')
@Controller('v1/stock')
export class ReadStockController {
  constructor(@Inject(INVENTORY_API) private readonly inventory: Upstream) {}

  /** `strong` reads the inventory's database; without it, the inventory may answer from its cache, and says so. */
  @Get()
  @ApiOperation({ operationId: 'readStock', summary: 'Read what can still be sold, by store and item' })
  @ApiResponse({ status: 200, description: 'A page', schema: outputSchema(pageOf(stockRow)) })
  @ApiProblems(400, 502, 503, 504)
  async read(@Query({ schema: stockQuery }) query: StockQuery, @Res() reply: FastifyReply): Promise<void> {
    const answer = await this.inventory.get(withQuery('/internal/stock', query));
    void reply.header('cache-control', 'no-store').header('cache-status', relayedStatus(answer));
    relay(this.inventory, answer, reply);
  }
}
