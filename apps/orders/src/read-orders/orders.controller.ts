import { Controller, Get, Param, Query, Res, UseGuards } from '@nestjs/common';
import { cacheStatus, type Reading } from '@looseleaf/cache';
import { abortedWhenGone, InternalKeyGuard, ProblemError } from '@looseleaf/service-kit';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { ORDER_STATES } from '../domain/order-state.js';
import type { OrderView } from '../domain/order-view.js';
import { CachedOrders } from './cached-orders.js';
import { OrderReader, type OrderPage } from './order-reader.js';
import { SettlementWatch } from './settlement-watch.js';

const MAX_WAIT_MS = 30_000;
const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 500;

/** Who has waited is answered with what was read, or committed, just now. */
const JUST_SETTLED = { status: 'bypass', ttlMs: 0, stored: false, collapsed: false } satisfies Omit<
  Reading<unknown>,
  'value'
>;

const orderId = z.uuid();
const findQuery = z.object({ waitMs: z.coerce.number().int().min(0).max(MAX_WAIT_MS).default(0) });
const listQuery = z.object({
  customerId: z
    .string()
    .min(1)
    .max(255)
    .regex(/^[^\0]*$/, 'must not have the character U+0000')
    .optional(),
  state: z.enum(ORDER_STATES).optional(),
  after: z.string().max(1_024).optional(),
  limit: z.coerce.number().int().min(1).max(MAX_LIMIT).default(DEFAULT_LIMIT),
});

/** Recorded orders, for the shop's own services. */
@Controller('internal/orders')
@UseGuards(InternalKeyGuard)
export class OrdersController {
  constructor(
    private readonly orders: OrderReader,
    private readonly cached: CachedOrders,
    private readonly settlements: SettlementWatch,
  ) {}

  @Get()
  list(@Query({ schema: listQuery }) query: z.infer<typeof listQuery>): Promise<OrderPage> {
    return this.orders.list(query);
  }

  /** With `waitMs`, answers when the order is settled or the time is over; also for an order that is not recorded yet. */
  @Get(':id')
  async find(
    @Param('id', { schema: orderId }) id: string,
    @Query({ schema: findQuery }) { waitMs }: z.infer<typeof findQuery>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<OrderView> {
    const settled = waitMs > 0 ? await this.settlements.wait(id, waitMs, abortedWhenGone(reply)) : undefined;
    const reading = settled ? { ...JUST_SETTLED, value: settled } : await this.cached.read(id);
    void reply.header('cache-status', cacheStatus('looseleaf-orders', reading));
    if (reading.value) return reading.value;
    throw new ProblemError(404, 'ORDER.NOT_RECORDED', 'No order with this id is recorded here, or not yet.');
  }
}
