import { Controller, Get, Headers, Inject, Query, Res } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { ApiProblems } from '../api-document/api-problems.decorator.js';
import { outputSchema } from '../api-document/json-schema.js';
import { matchesETag } from '../http/etag.js';
import { cartView } from '../sessions/cart-view.schema.js';
import { readSessionCookie, writeSessionCookie } from '../sessions/session-cookie.js';
import { CONFIG } from '../web.tokens.js';
import type { WebConfig } from '../web.config.js';
import { ReadCart } from './read-cart.js';

const cartQuery = z.object({ consistency: z.enum(['eventual', 'strong']).default('eventual') });

const headers = {
  ETag: { description: 'For `If-Match` and `If-None-Match`', schema: { type: 'string' } },
  'Cache-Status': { description: 'Which caches were asked, and what they said (RFC 9211)', schema: { type: 'string' } },
};

/** `GET /v1/cart`: the cart of the session in the cookie `sid`; an empty one for who has none. */
@ApiTags('cart')
@Controller('v1/cart')
export class ReadCartController {
  constructor(
    private readonly carts: ReadCart,
    @Inject(CONFIG) private readonly config: WebConfig,
  ) {}

  /** Customers always see their own writes; `strong` also shows at once what others wrote to the same session. */
  @Get()
  @ApiOperation({ operationId: 'readCart', summary: "Read the session's cart" })
  @ApiHeader({ name: 'If-None-Match', required: false, schema: { type: 'string' } })
  @ApiResponse({ status: 200, description: 'The cart', headers, schema: outputSchema(cartView) })
  @ApiResponse({ status: 304, description: 'It is still the one with this `ETag`' })
  @ApiProblems(400, 502, 503, 504)
  async read(
    @Query({ schema: cartQuery }) { consistency }: z.infer<typeof cartQuery>,
    @Headers('cookie') cookieHeader: string | undefined,
    @Headers('if-none-match') ifNoneMatch: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const cart = await this.carts.read(readSessionCookie(cookieHeader), consistency === 'strong');
    // One customer's, and as fresh as this answer: a browser may keep it and has to ask.
    void reply.header('etag', cart.etag).header('cache-control', 'private, no-cache');
    if (cart.cacheStatus !== undefined) void reply.header('cache-status', cart.cacheStatus);
    if (cart.cookie)
      void reply.header('set-cookie', writeSessionCookie(cart.cookie, this.config.SESSION_COOKIE_SECURE));
    if (matchesETag(ifNoneMatch, cart.etag)) void reply.status(304).send();
    else void reply.header('content-type', 'application/json; charset=utf-8').send(cart.body);
  }
}
