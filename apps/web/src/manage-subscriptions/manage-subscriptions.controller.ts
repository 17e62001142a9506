import {
  Body,
  Controller,
  Delete,
  Get,
  Headers,
  HttpCode,
  Inject,
  Param,
  Post,
  Query,
  Req,
  Res,
  UseGuards,
} from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { ProblemError } from '@looseleaf/service-kit';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { ApiProblems } from '../api-document/api-problems.decorator.js';
import { outputSchema } from '../api-document/json-schema.js';
import { idempotencyKeyHeader, keyOfCaller } from '../http/idempotency-key.js';
import { OperatorGuard } from '../http/operator.guard.js';
import { cursor, limit, pageOf } from '../http/page.schema.js';
import type { SignedIds } from '../signed-ids/signed-ids.js';
import { relay, withQuery } from '../upstream/relay.js';
import type { Upstream } from '../upstream/upstream.js';
import type { UpstreamAnswer } from '../upstream/upstream-answer.js';
import { NOTIFIER_API, SUBSCRIPTION_IDS } from '../web.tokens.js';
import { subscriptionRequest, type SubscriptionRequest } from './subscription-request.schema.js';
import { deadLetterView, redriveView, subscriptionView } from './subscription-view.schema.js';

/** What one redrive may move. */
const MAX_REDRIVE = 10_000;

const pageQuery = z.object({ after: cursor.optional(), limit: limit.optional() });
type PageQuery = z.infer<typeof pageQuery>;
const redriveQuery = z.object({ limit: z.coerce.number().int().min(1).max(MAX_REDRIVE).optional() });
type RedriveQuery = z.infer<typeof redriveQuery>;

/** `/v1/subscriptions`, for operators: who is told of which events, by e-mail or webhook. The notifier owns them. */
@ApiTags('subscriptions')
@ApiBearerAuth()
@UseGuards(OperatorGuard)
@Controller('v1/subscriptions')
export class ManageSubscriptionsController {
  constructor(
    @Inject(NOTIFIER_API) private readonly notifier: Upstream,
    @Inject(SUBSCRIPTION_IDS) private readonly ids: SignedIds,
  ) {}

  /** A key makes the id, so the notifier recognises what is sent again, on whatever replica. */
  @Post()
  @HttpCode(201)
  @ApiOperation({ operationId: 'subscribe', summary: 'Have events told by e-mail or webhook, from now on' })
  @ApiHeader(idempotencyKeyHeader('subscription'))
  @ApiResponse({ status: 201, description: '`Location` is its address', schema: outputSchema(subscriptionView) })
  @ApiProblems(400, 401, 409, 413, 415, 422, 502, 503, 504)
  async subscribe(
    @Body({ schema: subscriptionRequest }) body: SubscriptionRequest,
    @Headers('idempotency-key') header: string | undefined,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const key = keyOfCaller(request, header);
    const answer = key
      ? await this.notifier.send('PUT', addressOf(this.ids.derive(key.caller, key.key)), body)
      : await this.notifier.send('POST', '/internal/subscriptions', body);
    if (answer.status === 201) void reply.header('location', `/v1/subscriptions/${idOf(answer)}`);
    this.#relay(answer, reply);
  }

  @Get()
  @ApiOperation({ operationId: 'listSubscriptions', summary: 'List subscriptions' })
  @ApiResponse({ status: 200, description: 'A page', schema: outputSchema(pageOf(subscriptionView)) })
  @ApiProblems(400, 401, 502, 503, 504)
  async list(@Query({ schema: pageQuery }) query: PageQuery, @Res() reply: FastifyReply): Promise<void> {
    this.#relay(await this.notifier.get(withQuery('/internal/subscriptions', query)), reply);
  }

  @Get(':id')
  @ApiOperation({ operationId: 'readSubscription', summary: 'Read a subscription' })
  @ApiResponse({ status: 200, description: 'The subscription', schema: outputSchema(subscriptionView) })
  @ApiProblems(401, 404, 502, 503, 504)
  async read(@Param('id') id: string, @Res() reply: FastifyReply): Promise<void> {
    this.#relay(await this.notifier.get(addressOf(id)), reply);
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({ operationId: 'unsubscribe', summary: 'End a subscription; what it has not been told yet is dropped' })
  @ApiResponse({ status: 204, description: 'It is gone' })
  @ApiProblems(401, 404, 502, 503, 504)
  async unsubscribe(@Param('id') id: string, @Res() reply: FastifyReply): Promise<void> {
    this.#relay(await this.notifier.send('DELETE', addressOf(id)), reply);
  }

  @Get(':id/dead-letters')
  @ApiOperation({ operationId: 'listDeadLetters', summary: 'List what a subscription could not be told' })
  @ApiResponse({ status: 200, description: 'A page', schema: outputSchema(pageOf(deadLetterView)) })
  @ApiProblems(400, 401, 404, 502, 503, 504)
  async listDeadLetters(
    @Param('id') id: string,
    @Query({ schema: pageQuery }) query: PageQuery,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    this.#relay(await this.notifier.get(withQuery(`${addressOf(id)}/dead-letters`, query)), reply);
  }

  @Post(':id/redrive')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'redriveSubscriber',
    summary: 'Try again to deliver the dead letters of a subscription',
  })
  @ApiResponse({ status: 200, description: 'How many are tried again', schema: outputSchema(redriveView) })
  @ApiProblems(400, 401, 404, 502, 503, 504)
  async redrive(
    @Param('id') id: string,
    @Query({ schema: redriveQuery }) query: RedriveQuery,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    this.#relay(await this.notifier.send('POST', withQuery(`${addressOf(id)}/redrive`, query)), reply);
  }

  #relay(answer: UpstreamAnswer, reply: FastifyReply): void {
    relay(this.notifier, answer, reply.header('cache-control', 'no-store'));
  }
}

/** The notifier's address of a subscription. @throws ProblemError 404 `SUBSCRIPTION.UNKNOWN` for what is no id */
function addressOf(id: string): string {
  if (z.uuid().safeParse(id).success) return `/internal/subscriptions/${id}`;
  throw new ProblemError(
    404,
    'SUBSCRIPTION.UNKNOWN',
    'There is no subscription with this id. GET /v1/subscriptions lists them.',
  );
}

function idOf({ body }: UpstreamAnswer): string {
  return (JSON.parse(body.toString()) as { id: string }).id;
}
