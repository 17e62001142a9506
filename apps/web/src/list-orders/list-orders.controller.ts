import { Controller, Get, Inject, Query, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { ApiProblems } from '../api-document/api-problems.decorator.js';
import { outputSchema } from '../api-document/json-schema.js';
import { cursor, limit, pageOf } from '../http/page.schema.js';
import { storableText } from '../http/text.schema.js';
import { orderState, orderView } from '../read-order/order-view.schema.js';
import { relay, withQuery } from '../upstream/relay.js';
import type { Upstream } from '../upstream/upstream.js';
import { ORDERS_API } from '../web.tokens.js';

const listQuery = z.object({
  customerId: storableText(255).optional(),
  state: orderState.optional(),
  after: cursor.optional(),
  limit: limit.optional(),
});
type ListQuery = z.infer<typeof listQuery>;

/** `GET /v1/orders`: what the order service has recorded; a 503 while it is away. */
@ApiTags('orders')
@Controller('v1/orders')
export class ListOrdersController {
  constructor(@Inject(ORDERS_API) private readonly orders: Upstream) {}

  @Get()
  @ApiOperation({ operationId: 'listOrders', summary: 'List orders, newest first' })
  @ApiResponse({ status: 200, description: 'A page', schema: outputSchema(pageOf(orderView)) })
  @ApiProblems(400, 502, 503, 504)
  async list(@Query({ schema: listQuery }) query: ListQuery, @Res() reply: FastifyReply): Promise<void> {
    const answer = await this.orders.get(withQuery('/internal/orders', query));
    relay(this.orders, answer, reply.header('cache-control', 'no-store'));
  }
}
