import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Put, Query, UseGuards } from '@nestjs/common';
import { InternalKeyGuard, jsonPointer, ProblemError } from '@looseleaf/service-kit';
import { z } from 'zod';
import type { AddressPolicy } from '../call-webhook/address-policy.js';
import { DeadLetters, type DeadLetterView } from './dead-letters.js';
import type { Page } from './page.js';
import { subscriptionRequest, type SubscriptionRequest } from './subscription-request.schema.js';
import { Subscriptions, type SubscriptionView } from './subscriptions.js';

/** Injection token of the rule that says where webhooks may go. */
export const ADDRESS_POLICY = Symbol('ADDRESS_POLICY');

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 500;
const MAX_REDRIVE = 10_000;

/** In the one spelling in which the database answers it: lanes and delivery ids go by its text. */
const subscriptionId = z.uuid().toLowerCase();
const pageQuery = z.object({
  after: z.string().max(1_024).optional(),
  limit: z.coerce.number().int().min(1).max(MAX_LIMIT).default(DEFAULT_LIMIT),
});
const redriveQuery = z.object({ limit: z.coerce.number().int().min(1).max(MAX_REDRIVE).default(MAX_REDRIVE) });

/** Who is told of what, and what could not be delivered; for the shop's own services. */
@Controller('internal/subscriptions')
@UseGuards(InternalKeyGuard)
export class SubscriptionsController {
  private readonly request: z.ZodType<SubscriptionRequest>;

  constructor(
    private readonly subscriptions: Subscriptions,
    private readonly deadLetters: DeadLetters,
    @Inject(ADDRESS_POLICY) policy: AddressPolicy,
  ) {
    this.request = subscriptionRequest(policy);
  }

  @Post()
  create(@Body() body: unknown): Promise<SubscriptionView> {
    return this.subscriptions.create(this.parse(body));
  }

  /** The same id with the same body is the same subscription. */
  @Put(':id')
  @HttpCode(201)
  createOnce(@Param('id', { schema: subscriptionId }) id: string, @Body() body: unknown): Promise<SubscriptionView> {
    return this.subscriptions.create(this.parse(body), id);
  }

  @Get()
  list(@Query({ schema: pageQuery }) { after, limit }: z.infer<typeof pageQuery>): Promise<Page<SubscriptionView>> {
    return this.subscriptions.list(after, limit);
  }

  @Get(':id')
  find(@Param('id', { schema: subscriptionId }) id: string): Promise<SubscriptionView> {
    return this.subscriptions.find(id);
  }

  @Delete(':id')
  @HttpCode(204)
  async delete(@Param('id', { schema: subscriptionId }) id: string): Promise<void> {
    await this.subscriptions.delete(id);
  }

  @Post(':id/redrive')
  @HttpCode(200)
  async redrive(
    @Param('id', { schema: subscriptionId }) id: string,
    @Query({ schema: redriveQuery }) { limit }: z.infer<typeof redriveQuery>,
  ): Promise<{ id: string; redriven: number }> {
    return { id, redriven: await this.deadLetters.redrive(id, limit) };
  }

  @Get(':id/dead-letters')
  listDeadLetters(
    @Param('id', { schema: subscriptionId }) id: string,
    @Query({ schema: pageQuery }) { after, limit }: z.infer<typeof pageQuery>,
  ): Promise<Page<DeadLetterView>> {
    return this.deadLetters.list(id, after, limit);
  }

  /** What is allowed depends on the configuration, so it is checked here and not by a schema in a decorator. */
  private parse(body: unknown): SubscriptionRequest {
    const result = this.request.safeParse(body);
    if (result.success) return result.data;
    const errors = result.error.issues.map(({ path, message }) => ({ pointer: jsonPointer(path), detail: message }));
    throw new ProblemError(400, 'REQUEST.INVALID', 'Correct what "errors" lists and send the request again.', {
      errors,
    });
  }
}
