import type { Database } from '@looseleaf/persistence';
import { decodeCursor, encodeCursor } from '@looseleaf/service-kit';
import { z } from 'zod';
import { INITIAL_STATE, type OrderState } from '../domain/order-state.js';
import type { OrderView } from '../domain/order-view.js';
import { OrderEntity } from '../persistence/order.entity.js';

/** PostgreSQL knows no year 0. */
const acceptedAt = z.iso.datetime({ precision: 3 }).refine((time) => !time.startsWith('0000'));
/** The place of an order in a list, newest first: when it was accepted, and its id among those of one millisecond. */
const orderPosition = z.tuple([acceptedAt, z.uuid()]);

/** Which orders to list; all of them unless a customer or a state is given. */
export interface OrderQuery {
  readonly customerId?: string | undefined;
  readonly state?: OrderState | undefined;
  /** `next` of the page before. */
  readonly after?: string | undefined;
  readonly limit: number;
}

/** Part of a list of orders, newest first. */
export interface OrderPage {
  readonly items: readonly OrderView[];
  /** `after` for the page that follows; absent on the last one. */
  readonly next?: string;
}

/** Reads recorded orders. Each method throws UnavailableError while the database is away. */
export class OrderReader {
  constructor(private readonly database: Database) {}

  /** `undefined` when no order with this id is recorded; one that was cancelled before it came is, as cancelled. */
  async find(id: string): Promise<OrderView | undefined> {
    const [order] = await this.findAll([id], false);
    return order;
  }

  /** Those of the orders whose reservation is settled, whichever way. */
  findSettled(ids: readonly string[]): Promise<OrderView[]> {
    return this.findAll(ids, true);
  }

  /**
   * A page, newest first; where there is a replica, it may be seconds behind.
   * @throws ProblemError 400 when the cursor is none of this list's
   */
  list({ customerId, state, after, limit }: OrderQuery): Promise<OrderPage> {
    const position = decodeCursor(after, orderPosition);
    return this.database.readEventually(async (manager) => {
      const query = manager
        .createQueryBuilder(OrderEntity, 'orders')
        .where('orders.accepted_at IS NOT NULL')
        .orderBy({ 'orders.accepted_at': 'DESC', 'orders.id': 'DESC' });
      if (customerId !== undefined) query.andWhere({ customerId });
      if (state !== undefined) query.andWhere({ state });
      if (position) {
        query.andWhere('(orders.accepted_at, orders.id) < (:at, :id)', { at: position[0], id: position[1] });
      }
      const orders = await query.limit(limit + 1).getMany();
      const items = orders.slice(0, limit).map(toView);
      const last = items.at(-1);
      return { items, ...(last && orders.length > limit && { next: encodeCursor([last.acceptedAt!, last.id]) }) };
    });
  }

  private findAll(ids: readonly string[], settledOnly: boolean): Promise<OrderView[]> {
    return this.database.read(async (manager) => {
      const query = manager.createQueryBuilder(OrderEntity, 'orders').where('orders.id = ANY(:ids)', { ids });
      if (settledOnly) query.andWhere('orders.state <> :initial', { initial: INITIAL_STATE });
      return (await query.getMany()).map(toView);
    });
  }
}

function toView({ id, state, acceptedAt, lines, totalMinor, history }: OrderEntity): OrderView {
  return {
    id,
    state,
    ...(acceptedAt && { acceptedAt: acceptedAt.toISOString() }),
    lines,
    ...(totalMinor !== null && { totalMinor }),
    history,
  };
}
