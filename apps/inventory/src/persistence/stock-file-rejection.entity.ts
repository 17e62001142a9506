import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A row of a stock file that was not loaded, and why. */
@Entity('stock_file_rejection')
export class StockFileRejectionEntity {
  @PrimaryColumn('uuid', { name: 'file_id' })
  fileId!: string;

  /** The line on which the row begins; the header is on line 1. */
  @PrimaryColumn('integer')
  line!: number;

  @Column('text')
  reason!: string;
}
