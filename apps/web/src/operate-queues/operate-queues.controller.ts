import { Controller, Get, HttpCode, Inject, Param, Post, Query, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { subscriptionQueueName, type MessageBroker, type QueueStats } from '@looseleaf/messaging';
import { ProblemError } from '@looseleaf/service-kit';
import { z } from 'zod';
import { ApiProblems } from '../api-document/api-problems.decorator.js';
import { outputSchema } from '../api-document/json-schema.js';
import { OperatorGuard } from '../http/operator.guard.js';
import { pageOf } from '../http/page.schema.js';
import { BROKER } from '../web.tokens.js';

const count = z.int().min(0);
const queueStats = z.object({
  queue: z.string(),
  depth: count,
  inFlight: count,
  oldestAgeMs: count,
  deadLettered: count,
});
const redriveQuery = z.object({ limit: z.coerce.number().int().min(1).optional() });
const redriveResult = z.object({ queue: z.string(), redriven: count });
type RedriveResult = z.infer<typeof redriveResult>;

/** `/v1/queues`, for operators: how full queues are, and redriving dead letters. */
@ApiTags('queues')
@ApiBearerAuth()
@UseGuards(OperatorGuard)
@Controller('v1/queues')
export class OperateQueuesController {
  constructor(@Inject(BROKER) private readonly broker: MessageBroker) {}

  @Get()
  @ApiOperation({ operationId: 'listQueues', summary: 'Read how much waits in each queue' })
  @ApiResponse({ status: 200, description: 'All queues', schema: outputSchema(pageOf(queueStats)) })
  @ApiProblems(401, 503)
  async list(): Promise<{ items: QueueStats[] }> {
    return { items: await this.broker.administration.stats() };
  }

  @Post(':name/redrive')
  @HttpCode(200)
  @ApiOperation({ operationId: 'redriveQueue', summary: 'Give the dead letters of a queue back to it, oldest first' })
  @ApiResponse({ status: 200, description: 'How many went back', schema: outputSchema(redriveResult) })
  @ApiProblems(400, 401, 404, 503)
  async redrive(
    @Param('name') queue: string,
    @Query({ schema: redriveQuery }) { limit }: z.infer<typeof redriveQuery>,
  ): Promise<RedriveResult> {
    const queues = await this.broker.administration.stats();
    if (!queues.some((stats) => stats.queue === queue)) {
      throw new ProblemError(404, 'QUEUE.UNKNOWN', 'There is no queue of this name. GET /v1/queues lists them.');
    }
    return { queue, redriven: await this.broker.administration.redrive(queue, limit) };
  }

  /** A subscription's queue has a slash in its name, which clients may leave as it is. */
  @Post(':topic/:subscription/redrive')
  @HttpCode(200)
  @ApiOperation({ operationId: 'redriveSubscription', summary: 'Give the dead letters of a subscription back to it' })
  @ApiResponse({ status: 200, description: 'How many went back', schema: outputSchema(redriveResult) })
  @ApiProblems(400, 401, 404, 503)
  redriveSubscription(
    @Param('topic') topic: string,
    @Param('subscription') subscription: string,
    @Query({ schema: redriveQuery }) query: z.infer<typeof redriveQuery>,
  ): Promise<RedriveResult> {
    return this.redrive(subscriptionQueueName(topic, subscription), query);
  }
}
