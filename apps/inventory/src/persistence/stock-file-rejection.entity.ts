import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A row of a stock file that was not loaded, and why. */
@Entity('stock_file_rejection')
export class StockFileRejectionEntity {
  @PrimaryColumn('uuid', { name: 'file_id' })
  fileId!: string;

  /** The first row after the header is 1. */
  @PrimaryColumn('integer', { name: 'row_number' })
  rowNumber!: number;

  /** The line on which the row begins; the header is on line 1. */
  @Column('integer')
  line!: number;

  @Column('text')
  reason!: string;
}
