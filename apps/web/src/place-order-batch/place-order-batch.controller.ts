import { Body, Controller, HttpCode, Post, Req } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { ApiProblems, problemSchema } from '../api-document/api-problems.decorator.js';
import { inputSchema, outputSchema } from '../api-document/json-schema.js';
import { callerOf } from '../http/caller.js';
import { acceptedOrderView } from '../place-order/order-request.schema.js';
import { batchRequest, batchRequestView } from './place-order-batch.schema.js';
import { PlaceOrderBatch, type BatchResult } from './place-order-batch.js';

const results = {
  type: 'object',
  required: ['items'],
  properties: { items: { type: 'array', items: { anyOf: [outputSchema(acceptedOrderView), problemSchema] } } },
};

/** `POST /v1/orders/batch`: many orders for one wait; each has a result of its own. */
@ApiTags('orders')
@Controller('v1/orders/batch')
export class PlaceOrderBatchController {
  constructor(private readonly batch: PlaceOrderBatch) {}

  /** One result an order, in order: accepted, or its own problem with pointers into the whole body. */
  @Post()
  @HttpCode(202)
  @ApiOperation({ operationId: 'placeOrderBatch', summary: 'Place up to 500 orders; one result an order, in order' })
  @ApiBody({ schema: inputSchema(batchRequestView) })
  @ApiResponse({ status: 202, description: 'Every result that is `accepted` is durable', schema: results })
  @ApiProblems(400, 413, 415, 503)
  async place(
    @Body({ schema: batchRequest }) entries: unknown[],
    @Req() request: FastifyRequest,
  ): Promise<{ items: BatchResult[] }> {
    return { items: await this.batch.place(entries, callerOf(request)) };
  }
}
