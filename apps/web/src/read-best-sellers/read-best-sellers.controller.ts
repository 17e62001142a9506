import { bestSellerWindow, MAX_BEST_SELLERS } from '@looseleaf/contracts';
import { Controller, Get, Inject, Query, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { ApiProblems } from '../api-document/api-problems.decorator.js';
import { outputSchema } from '../api-document/json-schema.js';
import { sendServed } from '../cached-reads/served.js';
import type { Upstream } from '../upstream/upstream.js';
import { ORDERS_API } from '../web.tokens.js';
import { ReadBestSellers } from './read-best-sellers.js';

const bestSellersQuery = z.object({
  window: bestSellerWindow.default('24h'),
  limit: z.coerce.number().int().min(1).max(MAX_BEST_SELLERS).default(10),
});
type BestSellersQuery = z.infer<typeof bestSellersQuery>;

const bestSellersView = z.looseObject({
  window: bestSellerWindow,
  since: z.iso.datetime().describe('The window begins with an hour: everything sold from then on is counted'),
  items: z
    .array(z.looseObject({ sku: z.string(), quantity: z.int().min(1).describe('Confirmed, and not cancelled since') }))
    .describe('The most sold first'),
});

const headers = {
  'Cache-Status': {
    description:
      'How it was served (RFC 9211): `looseleaf-web; hit; ttl=4`, or after what the order service says of itself when it was asked: `detail=ranking`, or `detail=sales` when its database summed up what was sold. A negative `ttl` is stale: the order service is away',
    schema: { type: 'string' },
  },
};

/** `GET /v1/items/best-sellers`: what was sold most, through the web tier's cache, with an entity tag. */
@ApiTags('catalogue')
@Controller('v1/items/best-sellers')
export class ReadBestSellersController {
  constructor(
    @Inject(ORDERS_API) private readonly orders: Upstream,
    private readonly bestSellers: ReadBestSellers,
  ) {}

  @Get()
  @ApiOperation({ operationId: 'listBestSellers', summary: 'List what was sold most in the last hour, day or week' })
  @ApiResponse({ status: 200, description: 'The list', headers, schema: outputSchema(bestSellersView) })
  @ApiResponse({ status: 304, description: 'As `If-None-Match` has it' })
  @ApiProblems(400, 502, 503, 504)
  async list(
    @Query({ schema: bestSellersQuery }) { window, limit }: BestSellersQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await sendServed(this.orders, request, reply, this.bestSellers.read(window, limit));
  }
}
