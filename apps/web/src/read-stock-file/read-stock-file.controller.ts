import { Controller, Get, Inject, Param, Res } from '@nestjs/common';
import { ApiOperation, ApiProduces, ApiResponse, ApiTags } from '@nestjs/swagger';
import { ProblemError } from '@looseleaf/service-kit';
import type { FastifyReply } from 'fastify';
import { ApiProblems } from '../api-document/api-problems.decorator.js';
import { outputSchema } from '../api-document/json-schema.js';
import type { SignedIds } from '../signed-ids/signed-ids.js';
import { relay, unexpected } from '../upstream/relay.js';
import type { Upstream } from '../upstream/upstream.js';
import { INVENTORY_API, STOCK_FILE_IDS } from '../web.tokens.js';
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
  ) {}

  @Get(':id')
  @ApiOperation({ operationId: 'readStockFile', summary: 'Read how the import of a stock file goes' })
  @ApiResponse({ status: 200, description: 'The import', schema: outputSchema(stockFileView) })
  @ApiProblems(404, 502, 503, 504)
  async read(@Param('id') id: string, @Res() reply: FastifyReply): Promise<void> {
    this.#assertIssued(id);
    const answer = await this.inventory.get(`/internal/stock-files/${id}`);
    void reply.header('cache-control', 'no-store');
    if (answer.status === 404) void reply.send(this.#waiting(id));
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
      'No stock file has this id. Ids are in the answer to POST /v1/stock-files.',
    );
  }

  /** A file whose import waits in the queue: its owner does not know of it yet. */
  #waiting(id: string): StockFileView {
    const receivedAt = this.ids.issuedAt(id)?.toISOString();
    return {
      id,
      state: 'received',
      ...(receivedAt && { receivedAt }),
      rowsRead: 0,
      rowsImported: 0,
      rowsRejected: 0,
      rejections: [],
    };
  }
}
