import { ProblemError } from '@looseleaf/service-kit';
import { Controller, Get, Inject, Param, Query, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { ApiProblems } from '../api-document/api-problems.decorator.js';
import { outputSchema } from '../api-document/json-schema.js';
import { sendServed } from '../cached-reads/served.js';
import { cursor, limit, pageOf } from '../http/page.schema.js';
import { storableText } from '../http/text.schema.js';
import type { Upstream } from '../upstream/upstream.js';
import { INVENTORY_API } from '../web.tokens.js';
import { itemView } from './item-view.schema.js';
import { ReadCatalogue } from './read-catalogue.js';

const itemsQuery = z.object({ query: storableText(200).optional(), after: cursor.optional(), limit: limit.optional() });
type ItemsQuery = z.infer<typeof itemsQuery>;
const sku = storableText(64);

const headers = {
  'Cache-Status': {
    description:
      'How it was served (RFC 9211): `looseleaf-web; hit; ttl=1`, or after what the inventory says of itself when it was asked. A negative `ttl` is stale: the inventory is away',
    schema: { type: 'string' },
  },
};

/** `GET /v1/items`: the catalogue, through the web tier's cache, with an entity tag. */
@ApiTags('catalogue')
@Controller('v1/items')
export class ReadItemsController {
  constructor(
    @Inject(INVENTORY_API) private readonly inventory: Upstream,
    private readonly catalogue: ReadCatalogue,
  ) {}

  @Get()
  @ApiOperation({ operationId: 'listItems', summary: 'List the catalogue with prices and stock' })
  @ApiResponse({ status: 200, description: 'A page', headers, schema: outputSchema(pageOf(itemView)) })
  @ApiResponse({ status: 304, description: 'As `If-None-Match` has it' })
  @ApiProblems(400, 502, 503, 504)
  async list(
    @Query({ schema: itemsQuery }) query: ItemsQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await sendServed(this.inventory, request, reply, this.catalogue.page(query));
  }

  @Get(':sku')
  @ApiOperation({ operationId: 'readItem', summary: 'Read an item with its price and stock' })
  @ApiResponse({ status: 200, description: 'The item', headers, schema: outputSchema(itemView) })
  @ApiResponse({ status: 304, description: 'As `If-None-Match` has it' })
  @ApiProblems(400, 404, 502, 503, 504)
  async read(
    @Param('sku', { schema: sku }) itemSku: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const isThere = await sendServed(this.inventory, request, reply, this.catalogue.item(itemSku));
    if (!isThere)
      throw new ProblemError(404, 'ITEM.UNKNOWN', 'No item has this sku; GET /v1/items lists what there is.');
  }
}
