import { InternalKeyGuard } from '@looseleaf/service-kit';
import { Body, Controller, HttpCode, Param, Post, Put, UseFilters, UseGuards } from '@nestjs/common';
import { z } from 'zod';
import type { CheckoutStep } from '../domain/checkout.js';
import { sessionKey } from '../http/parameters.js';
import { SessionErrorFilter } from '../http/session-error.filter.js';
import { viewOf, type SessionView } from '../http/session-view.js';
import { CheckOuts } from './check-outs.js';

const checkoutId = z.uuid();
const begin = z.object({
  customerId: z.string().min(1).max(255).optional(),
  email: z.string().min(1).max(320).optional(),
  /** The version of the cart that the customer saw. */
  seenVersion: z.int().min(0).optional(),
  /** The checkout that the answer before asked to settle, if its order will never be placed. */
  withdrawn: checkoutId.optional(),
});
const completion = z.object({ acceptedAt: z.iso.datetime() });

/** What to do next, and the session as it is now. */
interface BegunView {
  readonly step: CheckoutStep;
  readonly session: SessionView;
  /** How long, from the beginning of the request, whoever began it may promise an order without completing it. */
  readonly leaseMs: number;
}

/** `/internal/sessions/{key}/checkouts`: the two halves of a checkout, between which its order is sent. */
@Controller('internal/sessions/:key/checkouts')
@UseGuards(InternalKeyGuard)
@UseFilters(SessionErrorFilter)
export class CheckOutController {
  constructor(private readonly checkOuts: CheckOuts) {}

  /** Beginning twice is beginning once, as long as the cart is the same. */
  @Post()
  @HttpCode(200)
  async begin(
    @Param('key', { schema: sessionKey }) key: string,
    @Body({ schema: begin }) { seenVersion, withdrawn, ...identity }: z.infer<typeof begin>,
  ): Promise<BegunView> {
    const { step, stored } = await this.checkOuts.begin(key, { identity, seenVersion, withdrawn });
    return { step, session: viewOf(stored), leaseMs: this.checkOuts.leaseMs };
  }

  /** The order was accepted; completing twice is completing once. */
  @Put(':id/completion')
  async complete(
    @Param('key', { schema: sessionKey }) key: string,
    @Param('id', { schema: checkoutId }) id: string,
    @Body({ schema: completion }) { acceptedAt }: z.infer<typeof completion>,
  ): Promise<SessionView> {
    return viewOf(await this.checkOuts.complete(key, id, acceptedAt));
  }
}
