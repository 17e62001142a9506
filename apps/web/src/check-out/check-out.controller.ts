import { Body, Controller, Headers, HttpCode, Inject, Post, Res, UseGuards } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { ApiProblems } from '../api-document/api-problems.decorator.js';
import { outputSchema } from '../api-document/json-schema.js';
import { SameSiteGuard } from '../http/same-site.guard.js';
import { acceptedOrderView, orderRequest } from '../place-order/order-request.schema.js';
import { readSessionCookie, writeSessionCookie } from '../sessions/session-cookie.js';
import type { WebConfig } from '../web.config.js';
import { CONFIG } from '../web.tokens.js';
import { CheckOut, type Identity } from './check-out.js';

/** A checkout need not say anything. */
const identity = orderRequest.pick({ customerId: true, email: true }).optional();

/** `POST /v1/cart/checkout`: orders the cart of the session in the cookie `sid`; 202 when the order is durable. */
@ApiTags('cart')
@Controller('v1/cart/checkout')
@UseGuards(SameSiteGuard)
export class CheckOutController {
  constructor(
    private readonly carts: CheckOut,
    @Inject(CONFIG) private readonly config: WebConfig,
  ) {}

  /** Sent twice it is one order. The cart is emptied once, and only by an order that was accepted. */
  @Post()
  @HttpCode(202)
  @ApiOperation({ operationId: 'checkOut', summary: 'Order what is in the cart; it is durable when this answers 202' })
  @ApiHeader({
    name: 'If-Match',
    required: false,
    schema: { type: 'string' },
    description: "The cart's `ETag`: that cart is ordered once, whatever was put in since, or none (412)",
  })
  @ApiResponse({
    status: 202,
    description: 'Accepted; `Location` is the address of the order',
    schema: outputSchema(acceptedOrderView),
  })
  @ApiProblems(400, 403, 409, 412, 413, 415, 502, 503, 504)
  async checkOut(
    @Body({ schema: identity }) body: Identity | undefined,
    @Headers('cookie') cookie: string | undefined,
    @Headers('if-match') ifMatch: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const done = await this.carts.checkOut(readSessionCookie(cookie), body ?? {}, ifMatch);
    const { orderId: id, acceptedAt } = done;
    void reply
      .header('location', `/v1/orders/${id}`)
      .header('cache-control', 'no-store')
      .header('set-cookie', writeSessionCookie(done.cookie, this.config.SESSION_COOKIE_SECURE))
      .header('content-type', 'application/json; charset=utf-8')
      .send(JSON.stringify({ id, state: 'accepted', acceptedAt }));
  }
}
