import { bigintAsNumber } from '@looseleaf/persistence';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** `failed` is not for ever: the message of a file that was given up can be redriven. */
export type StockFileState = 'received' | 'importing' | 'imported' | 'failed';

/** A stock file and how far its import has come. */
@Entity('stock_file')
export class StockFileEntity {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('text', { name: 'object_key' })
  objectKey!: string;

  @Column('text')
  state!: StockFileState;

  /** Why the file as a whole could not be loaded. */
  @Column('text', { nullable: true })
  failure!: string | null;

  @Column('bigint', { transformer: bigintAsNumber })
  bytes!: number;

  /** Rows whose effect is committed: `rowsImported + rowsRejected`. */
  @Column('integer', { name: 'rows_read' })
  rowsRead!: number;

  @Column('integer', { name: 'rows_imported' })
  rowsImported!: number;

  @Column('integer', { name: 'rows_rejected' })
  rowsRejected!: number;

  /** Where an import that was interrupted goes on: the offset of the next row, and its line. */
  @Column('bigint', { name: 'next_byte', transformer: bigintAsNumber })
  nextByte!: number;

  @Column('integer', { name: 'next_line' })
  nextLine!: number;

  /** The message that may work on the file is that of this slice; those of earlier ones have done their part. */
  @Column('integer')
  slice!: number;

  @Column('timestamptz', { name: 'received_at' })
  receivedAt!: Date;

  @Column('timestamptz', { name: 'finished_at', nullable: true })
  finishedAt!: Date | null;
}
