import { Body, Controller, Delete, Headers, Inject, Param, Put, Res, UseGuards } from '@nestjs/common';
import { orderLine } from '@looseleaf/contracts';
import { ApiHeader, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import { ApiProblems } from '../api-document/api-problems.decorator.js';
import { outputSchema } from '../api-document/json-schema.js';
import { SameSiteGuard } from '../http/same-site.guard.js';
import { storableText } from '../http/text.schema.js';
import { cartView } from '../sessions/cart-view.schema.js';
import { readSessionCookie, writeSessionCookie } from '../sessions/session-cookie.js';
import type { WebConfig } from '../web.config.js';
import { CONFIG } from '../web.tokens.js';
import { ChangeCart, type ChangedCart } from './change-cart.js';

const sku = storableText(64);
const newLine = orderLine.omit({ sku: true });

const ifMatchHeader = {
  name: 'If-Match',
  required: false,
  schema: { type: 'string' },
  description: "The cart's `ETag`: nothing is changed when it is another cart by now (412)",
} as const;
const changed = {
  status: 200,
  description: 'The cart as it is now',
  headers: { ETag: { schema: { type: 'string' } }, 'Set-Cookie': { description: '`sid`', schema: { type: 'string' } } },
  schema: outputSchema(cartView),
} as const;

/** Changes of the cart of the session in the cookie `sid`. Each sets a state, so doing it twice is doing it once. */
@ApiTags('cart')
@Controller('v1/cart')
@UseGuards(SameSiteGuard)
export class ChangeCartController {
  constructor(
    private readonly carts: ChangeCart,
    @Inject(CONFIG) private readonly config: WebConfig,
  ) {}

  /** Makes a session for who has none. */
  @Put('lines/:sku')
  @ApiOperation({ operationId: 'setCartLine', summary: 'Put an item into the cart, or change how many' })
  @ApiHeader(ifMatchHeader)
  @ApiResponse(changed)
  @ApiProblems(400, 403, 409, 412, 413, 415, 502, 503, 504)
  async set(
    @Param('sku', { schema: sku }) lineSku: string,
    @Body({ schema: newLine }) line: z.infer<typeof newLine>,
    @Headers('cookie') cookie: string | undefined,
    @Headers('if-match') ifMatch: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    this.#answer(reply, await this.carts.setLine(readSessionCookie(cookie), { sku: lineSku, ...line }, ifMatch));
  }

  @Delete('lines/:sku')
  @ApiOperation({ operationId: 'removeCartLine', summary: 'Take an item out of the cart' })
  @ApiHeader(ifMatchHeader)
  @ApiResponse(changed)
  @ApiProblems(400, 403, 412, 502, 503, 504)
  async remove(
    @Param('sku', { schema: sku }) lineSku: string,
    @Headers('cookie') cookie: string | undefined,
    @Headers('if-match') ifMatch: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    this.#answer(reply, await this.carts.removeLine(readSessionCookie(cookie), lineSku, ifMatch));
  }

  @Delete()
  @ApiOperation({ operationId: 'emptyCart', summary: 'Take everything out of the cart' })
  @ApiHeader(ifMatchHeader)
  @ApiResponse(changed)
  @ApiProblems(403, 412, 502, 503, 504)
  async empty(
    @Headers('cookie') cookie: string | undefined,
    @Headers('if-match') ifMatch: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    this.#answer(reply, await this.carts.empty(readSessionCookie(cookie), ifMatch));
  }

  #answer(reply: FastifyReply, { body, etag, cookie }: ChangedCart): void {
    if (cookie) void reply.header('set-cookie', writeSessionCookie(cookie, this.config.SESSION_COOKIE_SECURE));
    void reply
      .header('etag', etag)
      .header('cache-control', 'no-store')
      .header('content-type', 'application/json; charset=utf-8')
      .send(body);
  }
}
