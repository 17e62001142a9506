import { abortedWhenGone } from '@looseleaf/service-kit';
import { Controller, Get, Headers, Param, Res } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { ApiProblems } from '../api-document/api-problems.decorator.js';
import { outputSchema } from '../api-document/json-schema.js';
import { MAX_WAIT_SECONDS, preferredWaitSeconds } from '../http/prefer.js';
import { orderView } from './order-view.schema.js';
import { ReadOrder } from './read-order.js';

const servedBy = {
  'Looseleaf-Served-By': {
    description: '`orders`, or `web` while the order service has not recorded the order or is away',
    schema: { type: 'string', enum: ['orders', 'web'] },
  },
  'Cache-Status': {
    description: 'How it was served (RFC 9211): by the cache of the order service, its database, or the web tier alone',
    schema: { type: 'string' },
  },
};

/** `GET /v1/orders/{id}`: never a 404 after a 202; `Prefer: wait` holds the answer until the order is settled. */
@ApiTags('orders')
@Controller('v1/orders')
export class ReadOrderController {
  constructor(private readonly orders: ReadOrder) {}

  @Get(':id')
  @ApiOperation({ operationId: 'readOrder', summary: 'Read an order; after its 202 it is always there' })
  @ApiHeader({
    name: 'Prefer',
    required: false,
    schema: { type: 'string', examples: ['wait=10'] },
    description: `\`wait=N\`: answer when the state is final, or after N seconds (at most ${MAX_WAIT_SECONDS})`,
  })
  @ApiResponse({ status: 200, description: 'The order', headers: servedBy, schema: outputSchema(orderView) })
  @ApiProblems(404)
  async read(
    @Param('id') id: string,
    @Headers('prefer') prefer: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const waitSeconds = preferredWaitSeconds(prefer);
    if (waitSeconds !== undefined) void reply.header('preference-applied', `wait=${waitSeconds}`);
    const signal = waitSeconds ? abortedWhenGone(reply) : undefined;
    const reading = await this.orders.read(id, (waitSeconds ?? 0) * 1_000, signal);
    if (!reading) return void reply.hijack();
    void reply
      .header('cache-control', 'no-store')
      .header('looseleaf-served-by', reading.servedBy)
      .header('cache-status', reading.cacheStatus)
      .header('content-type', 'application/json; charset=utf-8')
      .send(reading.body);
  }
}
