import { Controller, Get, Inject, Param, Res } from '@nestjs/common';
import { ApiOperation, ApiProduces, ApiResponse, ApiTags } from '@nestjs/swagger';
import { isObjectStoreError, type ObjectStore, type StoredObject } from '@looseleaf/object-store';
import { ProblemError } from '@looseleaf/service-kit';
import type { FastifyReply } from 'fastify';
import { ApiProblems } from '../api-document/api-problems.decorator.js';
import { outputSchema } from '../api-document/json-schema.js';
import { objectStoreAway } from '../http/object-store-problems.js';
import { stockFileKey } from '../receive-stock-file/stock-file-object.js';
import type { SignedIds } from '../signed-ids/signed-ids.js';
import { relay, unexpected } from '../upstream/relay.js';
import type { Upstream } from '../upstream/upstream.js';
import { INVENTORY_API, OBJECT_STORE, STOCK_FILE_IDS } from '../web.tokens.js';
import { stockFileView, type StockFileView } from './stock-file-view.schema.js';

const CSV_TYPE = 'text/csv; charset=utf-8';
const CSV_HEADER = 'line,reason\n';

/** `GET /v1/stock-files/{id}`: how an import goes, and its rejected rows as CSV. */
@ApiTags('stock files')
@Controller('v1/stock-files')
export class ReadStockFileController {
  constructor(
    @Inject(INVENTORY_API) private readonly inventory: Upstream,
    @Inject(STOCK_FILE_IDS) private readonly ids: SignedIds,
    @Inject(OBJECT_STORE) private readonly objects: ObjectStore,
  ) {}

  @Get(':id')
  @ApiOperation({ operationId: 'readStockFile', summary: 'Read how the import of a stock file goes' })
  @ApiResponse({ status: 200, description: 'The import', schema: outputSchema(stockFileView) })
  @ApiProblems(404, 502, 503, 504)
  async read(@Param('id') id: string, @Res() reply: FastifyReply): Promise<void> {
    this.#assertIssued(id);
    const answer = await this.inventory.get(`/internal/stock-files/${id}`);
    void reply.header('cache-control', 'no-store');
    if (answer.status === 404) void reply.send(await this.#waiting(id));
    else relay(this.inventory, answer, reply);
  }

  @Get(':id/rejections.csv')
  @ApiProduces('text/csv')
  @ApiOperation({ operationId: 'readStockFileRejections', summary: 'Read all rejected rows of a stock file' })
  @ApiResponse({ status: 200, description: 'Columns `line,reason`', schema: { type: 'string' } })
  @ApiProblems(404, 502, 503, 504)
  async readRejections(@Param('id') id: string, @Res() reply: FastifyReply): Promise<void> {
    this.#assertIssued(id);
    const answer = await this.inventory.open(`/internal/stock-files/${id}/rejections.csv`);
    void reply.header('cache-control', 'no-store').type(CSV_TYPE);
    if (answer.statusCode === 200) return void reply.send(answer);
    answer.resume();
    if (answer.statusCode !== 404) throw unexpected(this.inventory, answer.statusCode ?? 0);
    void reply.send(CSV_HEADER);
  }

  #assertIssued(id: string): void {
    if (this.ids.verify(id)) return;
    throw new ProblemError(
      404,
      'STOCK_FILE.UNKNOWN',
      'No stock file has this id. Ids are in the answers to POST /v1/stock-files and /v1/stock-files/uploads.',
    );
  }

  /** A file that its owner does not know of: it is not here yet, or its import waits in the queue. */
  async #waiting(id: string): Promise<StockFileView> {
    const file = await this.#find(id);
    return {
      id,
      ...(file
        ? { state: 'received', bytes: file.bytes, receivedAt: file.storedAt.toISOString() }
        : { state: 'awaiting-upload' }),
      rowsRead: 0,
      rowsImported: 0,
      rowsRejected: 0,
      rejections: [],
    };
  }

  async #find(id: string): Promise<StoredObject | undefined> {
    try {
      return await this.objects.head(stockFileKey(id));
    } catch (error) {
      throw isObjectStoreError(error, 'OBJECT.UNAVAILABLE') ? objectStoreAway(error) : error;
    }
  }
}
