import { Controller, Get, Inject, Param, Query, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { ApiProblems } from '../api-document/api-problems.decorator.js';
import { outputSchema } from '../api-document/json-schema.js';
import { cursor, limit, pageOf } from '../http/page.schema.js';
import { relayCacheable } from '../http/relay-cacheable.js';
import { storableText } from '../http/text.schema.js';
import { withQuery } from '../upstream/relay.js';
import type { Upstream } from '../upstream/upstream.js';
import { INVENTORY_API } from '../web.tokens.js';
import { itemView } from './item-view.schema.js';

/** An item shows its stock, so it is stale as soon as something is sold: long enough to absorb a crowd, no longer. */
const MAX_AGE_SECONDS = 2;

const itemsQuery = z.object({ query: storableText(200).optional(), after: cursor.optional(), limit: limit.optional() });
type ItemsQuery = z.infer<typeof itemsQuery>;
const sku = storableText(64);

/** `GET /v1/items`: the catalogue, relayed from the inventory with an entity tag. */
@ApiTags('catalogue')
@Controller('v1/items')
export class ReadItemsController {
  constructor(@Inject(INVENTORY_API) private readonly inventory: Upstream) {}

  @Get()
  @ApiOperation({ operationId: 'listItems', summary: 'List the catalogue with prices and stock' })
  @ApiResponse({ status: 200, description: 'A page', schema: outputSchema(pageOf(itemView)) })
  @ApiResponse({ status: 304, description: 'As `If-None-Match` has it' })
  @ApiProblems(400, 502, 503, 504)
  async list(
    @Query({ schema: itemsQuery }) query: ItemsQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const path = withQuery('/internal/items', query);
    await relayCacheable(this.inventory, path, { request, reply, maxAgeSeconds: MAX_AGE_SECONDS });
  }

  @Get(':sku')
  @ApiOperation({ operationId: 'readItem', summary: 'Read an item with its price and stock' })
  @ApiResponse({ status: 200, description: 'The item', schema: outputSchema(itemView) })
  @ApiResponse({ status: 304, description: 'As `If-None-Match` has it' })
  @ApiProblems(400, 404, 502, 503, 504)
  async read(
    @Param('sku', { schema: sku }) itemSku: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const path = `/internal/items/${encodeURIComponent(itemSku)}`;
    await relayCacheable(this.inventory, path, { request, reply, maxAgeSeconds: MAX_AGE_SECONDS });
  }
}
