import { Body, Controller, Headers, HttpCode, Post, Req, Res } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiProblems } from '../api-document/api-problems.decorator.js';
import { outputSchema } from '../api-document/json-schema.js';
import { idempotencyKeyHeader, keyOfCaller } from '../http/idempotency-key.js';
import { acceptedOrderView, orderRequest, type OrderRequest } from './order-request.schema.js';
import { PlaceOrders } from './place-orders.js';

/** `POST /v1/orders`: 202 when the order is durable in the broker; no other service is asked. */
@ApiTags('orders')
@Controller('v1/orders')
export class PlaceOrderController {
  constructor(private readonly orders: PlaceOrders) {}

  /** Answers 202 when the order is durable. */
  @Post()
  @HttpCode(202)
  @ApiOperation({ operationId: 'placeOrder', summary: 'Place an order; it is durable when this answers 202' })
  @ApiHeader(idempotencyKeyHeader('order'))
  @ApiResponse({
    status: 202,
    description: 'Accepted; `Location` is its address',
    schema: outputSchema(acceptedOrderView),
  })
  @ApiProblems(400, 413, 415, 422, 503)
  async place(
    @Body({ schema: orderRequest }) body: OrderRequest,
    @Headers('idempotency-key') key: string | undefined,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { id, acceptedAt } = await this.orders.place(body, keyOfCaller(request, key));
    // Both values are made here and need no escaping, so the text is built as it is.
    void reply
      .header('location', `/v1/orders/${id}`)
      .header('content-type', 'application/json; charset=utf-8')
      .send(`{"id":"${id}","state":"accepted","acceptedAt":"${acceptedAt}"}`);
  }
}
