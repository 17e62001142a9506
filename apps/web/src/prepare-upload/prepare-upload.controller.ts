import { Body, Controller, HttpCode, Post, Req, Res, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { ProblemError } from '@looseleaf/service-kit';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiProblems } from '../api-document/api-problems.decorator.js';
import { inputSchema, outputSchema } from '../api-document/json-schema.js';
import { OperatorGuard } from '../http/operator.guard.js';
import {
  preparedUploadView,
  prepareUploadRequest,
  type PreparedUploadView,
  type PrepareUploadRequest,
} from './prepare-upload.schema.js';
import { PrepareUploads } from './prepare-uploads.js';

/** `POST /v1/stock-files/uploads`, for operators: an address to which a stock file of any size can be put. */
@ApiTags('stock files')
@Controller('v1/stock-files/uploads')
export class PrepareUploadController {
  constructor(private readonly uploads: PrepareUploads) {}

  @Post()
  @HttpCode(201)
  @UseGuards(OperatorGuard)
  @ApiBearerAuth()
  @ApiBody({ schema: inputSchema(prepareUploadRequest), required: false })
  @ApiOperation({
    operationId: 'prepareStockFileUpload',
    summary: 'Ask for an address to put a stock file of any size',
  })
  @ApiResponse({ status: 201, description: 'PUT the file there', schema: outputSchema(preparedUploadView) })
  @ApiProblems(400, 401, 413, 415, 503)
  async prepare(
    @Body({ schema: prepareUploadRequest }) { bytes }: PrepareUploadRequest,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PreparedUploadView> {
    const { id, method, url, headers, expiresAt } = await this.uploads.prepare(bytes);
    void reply.header('location', `/v1/stock-files/${id}`).header('cache-control', 'no-store');
    return { id, method, url: absolute(url, request), headers, expiresAt: expiresAt.toISOString() };
  }
}

/** A path is one of this service, under the name by which the caller knows it. @throws ProblemError 400 */
function absolute(url: string, { protocol, host }: FastifyRequest): string {
  const { href } = URL.parse(url, `${protocol}://${host}`) ?? {};
  if (href !== undefined) return href;
  throw new ProblemError(400, 'REQUEST.HOST', 'The Host header is not the name of a host.');
}
