import { bigintAsNumber } from '@looseleaf/persistence';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { HistoryEntry, OrderLines } from '../domain/order.js';
import type { OrderState } from '../domain/order-state.js';

/**
 * An order with its lines and its history, in one row. A row without `acceptedAt` only remembers that the cancellation
 * came before the order: it is in no list, and the order will fill it in.
 */
@Entity('orders')
export class OrderEntity {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('text')
  state!: OrderState;

  @Column('text', { name: 'customer_id', nullable: true })
  customerId!: string | null;

  @Column('text', { nullable: true })
  email!: string | null;

  @Column('json')
  lines!: OrderLines;

  /** Known when stock is reserved. */
  @Column('bigint', { name: 'total_minor', nullable: true, transformer: bigintAsNumber })
  totalMinor!: number | null;

  @Column('jsonb')
  history!: HistoryEntry[];

  /** Tells the same order sent again from another order under the same id. */
  @Column('text', { name: 'request_digest', nullable: true })
  requestDigest!: string | null;

  @Column('timestamptz', { name: 'accepted_at', nullable: true })
  acceptedAt!: Date | null;
}
