import type { Readable } from 'node:stream';
import { Controller, HttpCode, Post, Req, Res, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiConsumes, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { ProblemError } from '@looseleaf/service-kit';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiProblems } from '../api-document/api-problems.decorator.js';
import { outputSchema } from '../api-document/json-schema.js';
import { OperatorGuard } from '../http/operator.guard.js';
import { receivedStockFileView } from '../read-stock-file/stock-file-view.schema.js';
import { MAX_STOCK_FILE_BYTES, ReceiveStockFiles, tooLarge } from './receive-stock-files.js';

/** `POST /v1/stock-files`, for operators: 202 when the file is stored and the command to import it is durable. */
@ApiTags('stock files')
@Controller('v1/stock-files')
export class ReceiveStockFileController {
  constructor(private readonly files: ReceiveStockFiles) {}

  @Post()
  @HttpCode(202)
  @UseGuards(OperatorGuard)
  @ApiBearerAuth()
  @ApiConsumes('text/csv')
  @ApiBody({ schema: { type: 'string', examples: ['store,item,count\nBerlin,85123A,12\n'] } })
  @ApiOperation({ operationId: 'sendStockFile', summary: 'Send a stock file of at most 10 MiB' })
  @ApiResponse({
    status: 202,
    description: 'Received; `Location` tells how its import goes',
    schema: outputSchema(receivedStockFileView),
  })
  @ApiProblems(400, 401, 413, 415, 503)
  async receive(
    @Req() request: FastifyRequest<{ Body: Readable | undefined }>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object> {
    assertAcceptable(request);
    const { id, bytes, receivedAt } = await this.files.receive(request.body);
    void reply.header('location', `/v1/stock-files/${id}`);
    return { id, state: 'received', bytes, receivedAt: receivedAt.toISOString() };
  }
}

/** Refuses by its headers what need not be read. @throws ProblemError 400, 413, 415 */
function assertAcceptable(
  request: FastifyRequest<{ Body: Readable | undefined }>,
): asserts request is FastifyRequest<{ Body: Readable }> {
  const { 'content-length': length, 'content-type': type = '' } = request.headers;
  if (Number(length) > MAX_STOCK_FILE_BYTES) throw tooLarge();
  if (!type.toLowerCase().startsWith('text/csv')) {
    throw new ProblemError(415, 'REQUEST.MEDIA_TYPE', 'A stock file is sent with Content-Type: text/csv.');
  }
  if (request.body === undefined || Number(length) === 0) {
    throw new ProblemError(400, 'STOCK_FILE.EMPTY', 'The file is empty. Send its rows as the body.');
  }
}
