import { bigintAsNumber } from '@looseleaf/persistence';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** How many of an item can still be sold in a store. */
@Entity('stock')
export class StockEntity {
  @PrimaryColumn('text')
  sku!: string;

  @PrimaryColumn('text')
  store!: string;

  @Column('bigint', { transformer: bigintAsNumber })
  count!: number;
}
