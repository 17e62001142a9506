import type { Database } from '@looseleaf/persistence';
import { StockFileEntity, type StockFileState } from '../persistence/stock-file.entity.js';
import { StockFileRejectionEntity } from '../persistence/stock-file-rejection.entity.js';

/** How the import of a stock file goes. */
export interface StockFileView {
  readonly id: string;
  readonly state: StockFileState;
  /** Why the file as a whole could not be loaded. */
  readonly failure?: string;
  readonly bytes: number;
  readonly rowsRead: number;
  readonly rowsImported: number;
  readonly rowsRejected: number;
  /** The first hundred. */
  readonly rejections: readonly { readonly line: number; readonly reason: string }[];
  readonly receivedAt: string;
  readonly finishedAt?: string;
}

/** What `Database.read` lends. */
type Manager = Parameters<Parameters<Database['read']>[0]>[0];

const REJECTIONS_SHOWN = 100;
const REJECTIONS_PER_READ = 1_000;

/** Reads the progress of stock files and the rows that were rejected. */
export class StockFiles {
  constructor(private readonly database: Database) {}

  /** @throws UnavailableError the database is away */
  find(id: string): Promise<StockFileView | undefined> {
    return this.database.read(async (manager) => {
      const file = await manager.findOneBy(StockFileEntity, { id });
      return file ? show(file, await rejectionsAfter(manager, id, 0, REJECTIONS_SHOWN)) : undefined;
    });
  }

  /** Rows in their order, read as fast as they are taken. */
  async *rejections(id: string): AsyncGenerator<StockFileRejectionEntity, void, undefined> {
    for (let last = 0; ;) {
      const rows = await this.database.read((manager) => rejectionsAfter(manager, id, last, REJECTIONS_PER_READ));
      yield* rows;
      if (rows.length < REJECTIONS_PER_READ) return;
      last = rows.at(-1)!.line;
    }
  }
}

/** On the caller's own connection: to take a second one while holding one, many at a time, would empty the pool for ever. */
function rejectionsAfter(
  manager: Manager,
  fileId: string,
  line: number,
  take: number,
): Promise<StockFileRejectionEntity[]> {
  return manager
    .createQueryBuilder(StockFileRejectionEntity, 'rejection')
    .where({ fileId })
    .andWhere('rejection.line > :line', { line })
    .orderBy('rejection.line')
    .limit(take)
    .getMany();
}

function show(file: StockFileEntity, rejections: readonly StockFileRejectionEntity[]): StockFileView {
  const { id, state, failure, bytes, rowsRead, rowsImported, rowsRejected, receivedAt, finishedAt } = file;
  return {
    id,
    state,
    ...(failure !== null && { failure }),
    bytes,
    rowsRead,
    rowsImported,
    rowsRejected,
    rejections: rejections.map(({ line, reason }) => ({ line, reason })),
    receivedAt: receivedAt.toISOString(),
    ...(finishedAt && { finishedAt: finishedAt.toISOString() }),
  };
}
