import pg from 'pg';
import { keyOf } from './workload.js';

export interface Item {
  readonly key: string;
  /** Rises with every write. */
  readonly version: number;
  readonly description: string;
}

const CONNECTIONS = 8;
const DESCRIPTION = 'A notebook of 96 leaves, ruled, thread-bound, with a ribbon. '.repeat(8);

interface Row {
  readonly version: string;
  readonly description: string;
}

/** The table that everything is cached from: one node's connections to it. */
export class ItemStore {
  /** How often it was asked. */
  reads = 0;
  readonly #pool: pg.Pool;

  constructor(url: string) {
    this.#pool = new pg.Pool({ connectionString: url, max: CONNECTIONS });
  }

  /** Fills an empty database with so many items. */
  async create(items: number): Promise<void> {
    await this.#pool.query(
      'create table items (key text primary key, version bigint not null, description text not null)',
    );
    const keys = Array.from({ length: items }, (_, rank) => keyOf(rank));
    await this.#pool.query('insert into items select unnest($1::text[]), 1, $2', [keys, DESCRIPTION]);
    await this.#pool.query('analyze items');
  }

  async read(key: string): Promise<Item | undefined> {
    this.reads += 1;
    const { rows } = await this.#pool.query<Row>({
      name: 'read-item',
      text: 'select version, description from items where key = $1',
      values: [key],
    });
    return rows[0] && { key, version: Number(rows[0].version), description: rows[0].description };
  }

  async write(key: string): Promise<Item> {
    const { rows } = await this.#pool.query<Row>({
      name: 'write-item',
      text: 'update items set version = version + 1 where key = $1 returning version, description',
      values: [key],
    });
    return { key, version: Number(rows[0]!.version), description: rows[0]!.description };
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }
}
