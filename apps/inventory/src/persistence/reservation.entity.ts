import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { PricedLine, RefusalReason, RequestedLine } from '../domain/allocate.js';
import type { Allocation } from '../domain/stock-ledger.js';

/** `released` may come first: then nothing was ever taken, and a reservation that arrives later takes nothing. */
export type ReservationState = 'reserved' | 'refused' | 'released';

/** The answer to an order's wish for stock; one an order, for ever. */
@Entity('reservation')
export class ReservationEntity {
  @PrimaryColumn('uuid', { name: 'order_id' })
  orderId!: string;

  @Column('text')
  state!: ReservationState;

  /** As priced when reserved, as asked for when refused. */
  @Column('jsonb')
  lines!: PricedLine[] | RequestedLine[];

  /** Where the stock was taken; what a release gives back. */
  @Column('jsonb')
  allocations!: Allocation[];

  @Column('text', { nullable: true })
  reason!: RefusalReason | null;

  /** The items to blame for a refusal. */
  @Column('jsonb', { name: 'refused_skus', nullable: true })
  refusedSkus!: string[] | null;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'released_at', nullable: true })
  releasedAt!: Date | null;
}
