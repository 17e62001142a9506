import { Controller, HttpCode, Param, Post, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { ApiProblems } from '../api-document/api-problems.decorator.js';
import { CancelOrders } from './cancel-orders.js';

/** `POST /v1/orders/{id}/cancellation`: 202 when the cancellation is durable, whether or not the order service is up. */
@ApiTags('orders')
@Controller('v1/orders')
export class CancelOrderController {
  constructor(private readonly orders: CancelOrders) {}

  /** Cancelling twice is cancelling once. */
  @Post(':id/cancellation')
  @HttpCode(202)
  @ApiOperation({ operationId: 'cancelOrder', summary: 'Cancel an order; its stock goes back' })
  @ApiResponse({
    status: 202,
    description: 'The cancellation is durable',
    schema: { type: 'object', properties: { id: { type: 'string', format: 'uuid' } } },
  })
  @ApiProblems(404, 409, 503)
  async cancel(@Param('id') id: string, @Res({ passthrough: true }) reply: FastifyReply): Promise<{ id: string }> {
    await this.orders.cancel(id);
    void reply.header('location', `/v1/orders/${id}`);
    return { id };
  }
}
