import { Column, Entity, PrimaryColumn } from 'typeorm';

/**
 * What can be ordered. Its row is also the lock of all stock of the item: whoever changes counts of a sku in any store
 * locks the item first, so one lock an item does for any number of stores.
 */
@Entity('item')
export class ItemEntity {
  @PrimaryColumn('text')
  sku!: string;

  /** `null` until a file told it. */
  @Column('text', { nullable: true })
  name!: string | null;

  /** In minor units of the shop's currency (GBP); `null`: tracked, but not for sale. */
  @Column('integer', { name: 'unit_price_minor', nullable: true })
  unitPriceMinor!: number | null;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt!: Date;
}
