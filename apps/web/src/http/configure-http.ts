import type { ServerResponse } from 'node:http';
import type { Http2ServerResponse } from 'node:http2';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createProblem, type Logger } from '@looseleaf/service-kit';
import type { FastifyError } from 'fastify';
import { DOCS_PATH, serveApiDocument } from '../api-document/serve-api-document.js';
import { UPLOAD_ROUTE, UploadGate } from '../receive-upload/upload-gate.js';
import { MAX_BODY_BYTES, useBodyParsers } from './body-parsers.js';
import { answerClientError } from './long-requests.js';
import { KnownRoutes, MissingRouteFilter } from './missing-route.filter.js';
import { RequestValidationPipe } from './request-validation.pipe.js';
import { addSecurityHeaders } from './security-headers.js';

/** Options of Fastify itself. It logs nothing, least of all each request. */
export const httpOptions = {
  bodyLimit: MAX_BODY_BYTES,
  // Long enough for 10 MiB over a slow line; a client that is slower still does not hold its connection for ever. Uploads
  // have no such limit: see `allowLong`.
  requestTimeout: 120_000,
  // A sku of 64 characters may be three times as long when it is escaped.
  routerOptions: { maxParamLength: 600 },
  frameworkErrors: refuseAddress,
  clientErrorHandler: answerClientError,
};

/** An address that the router cannot read is refused before any hook, filter or route. */
function refuseAddress(
  { statusCode = 400 }: FastifyError,
  _request: unknown,
  { raw }: { raw: ServerResponse | Http2ServerResponse },
): void {
  const problem = createProblem(statusCode, 'REQUEST.ADDRESS', 'The address is malformed or too long.');
  raw.statusCode = statusCode;
  raw.setHeader('content-type', 'application/problem+json; charset=utf-8');
  raw.end(JSON.stringify(problem));
}

export interface HttpConfiguration {
  readonly logger: Logger;
  /** Whether uploads come to this service, and not to the object store. */
  readonly receivesUploads: boolean;
}

/** Everything that all routes share: body parsers, validation, problems, security headers, documentation. */
export function configureHttp(app: NestFastifyApplication, { logger, receivesUploads }: HttpConfiguration): void {
  const fastify = app.getHttpAdapter().getInstance();
  const routes = new KnownRoutes(fastify);
  addSecurityHeaders(fastify, DOCS_PATH);
  if (receivesUploads) app.get(UploadGate).stand(fastify);
  useBodyParsers(app, ['/v1/stock-files', UPLOAD_ROUTE]);
  app.useGlobalPipes(new RequestValidationPipe());
  app.useGlobalFilters(new MissingRouteFilter(logger, routes));
  serveApiDocument(app);
}
