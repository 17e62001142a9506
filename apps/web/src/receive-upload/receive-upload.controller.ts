import { Readable } from 'node:stream';
import { Controller, HttpCode, Inject, Put, Req } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiOperation, ApiParam, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { UploadReceiver } from '@looseleaf/object-store';
import type { FastifyRequest } from 'fastify';
import { ApiProblems } from '../api-document/api-problems.decorator.js';
import { outputSchema } from '../api-document/json-schema.js';
import { allowLong, dropRest } from '../http/long-requests.js';
import { STOCK_FILE_TYPE } from '../receive-stock-file/stock-file-object.js';
import { UPLOAD_RECEIVER } from '../web.tokens.js';
import { OngoingUploads } from './ongoing-uploads.js';
import { receivedUploadView, type ReceivedUploadView } from './received-upload.schema.js';
import { UPLOAD_ROUTE, UploadGate } from './upload-gate.js';
import { uploadProblem } from './upload-problems.js';

/** As load balancers have it: a sender that is silent for a minute is gone. */
const IDLE_MS = 60_000;

/** `PUT` to a pre-signed address, for a store that cannot receive uploads itself. The signature is all it asks for. */
@ApiTags('stock files')
@Controller(UPLOAD_ROUTE)
export class ReceiveUploadController {
  constructor(
    @Inject(UPLOAD_RECEIVER) private readonly receiver: UploadReceiver,
    private readonly gate: UploadGate,
    private readonly ongoing: OngoingUploads,
  ) {}

  @Put()
  @HttpCode(201)
  @ApiConsumes(STOCK_FILE_TYPE)
  @ApiBody({ schema: { type: 'string' } })
  @ApiParam({ name: 'collection', schema: { type: 'string' } })
  @ApiParam({ name: 'name', schema: { type: 'string' } })
  @ApiQuery({ name: 'signature', description: 'This and the others: as in the address', schema: { type: 'string' } })
  @ApiOperation({ operationId: 'putUpload', summary: 'Put a file to an address that was asked for' })
  @ApiResponse({ status: 201, description: 'It is kept, and will be loaded', schema: outputSchema(receivedUploadView) })
  @ApiProblems(400, 403, 409, 413, 415, 503)
  async receive(@Req() request: FastifyRequest<{ Body: Readable | undefined }>): Promise<ReceivedUploadView> {
    const upload = this.gate.admitted(request);
    // Without a body, Fastify looks for no parser.
    const content = request.body ?? Readable.from([]);
    allowLong(request.raw, IDLE_MS);
    try {
      const { bytes, storedAt } = await this.ongoing.track(request.raw, this.receiver.receive(upload, content));
      return { bytes, receivedAt: storedAt.toISOString() };
    } catch (error) {
      dropRest(request.raw);
      throw uploadProblem(error, content);
    }
  }
}
