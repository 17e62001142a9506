import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { UnavailableError } from '@looseleaf/messaging';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from './logger.js';
import { ProblemError } from './problem.js';

const RETRY_AFTER_SECONDS = '2';

/** Codes for what the framework itself refuses, by status. */
const FRAMEWORK_CODES: Readonly<Record<number, readonly [code: string, detail: string]>> = {
  400: ['REQUEST.MALFORMED', 'The request could not be read.'],
  401: ['AUTH.REQUIRED', 'Credentials are missing or wrong.'],
  403: ['AUTH.FORBIDDEN', 'These credentials do not allow this.'],
  404: ['ROUTE.UNKNOWN', 'There is nothing at this address; /openapi.json lists what there is.'],
  405: ['ROUTE.METHOD_NOT_ALLOWED', 'This address does not take this method.'],
  413: ['REQUEST.TOO_LARGE', 'The body is larger than this address takes.'],
  415: ['REQUEST.MEDIA_TYPE', 'This address does not take this Content-Type.'],
};

/** Turns everything that is thrown while a request is handled into `application/problem+json`. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly logger: Logger) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const problem = this.toProblem(error, http.getRequest<FastifyRequest>());
    void http
      .getResponse<FastifyReply>()
      .status(problem.status)
      .headers(problem.headers)
      .header('content-type', 'application/problem+json; charset=utf-8')
      .send(JSON.stringify(problem.toProblem()));
  }

  private toProblem(error: unknown, request: FastifyRequest): ProblemError {
    if (error instanceof ProblemError) return error;
    if (error instanceof UnavailableError) {
      this.logger.warn({ err: error, url: request.url }, 'answered 503');
      const detail = `${error.message}. The request may have had its effect all the same: send it again later, an order with the same Idempotency-Key.`;
      return new ProblemError(503, error.code, detail, {
        headers: { 'retry-after': RETRY_AFTER_SECONDS },
        cause: error,
      });
    }
    const status = statusOf(error);
    const known = status === undefined ? undefined : FRAMEWORK_CODES[status];
    if (status !== undefined && status < 500) {
      // Only of a malformed request does the framework know more than its status says.
      const message = error instanceof Error && status === 400 ? ` ${error.message}` : '';
      return new ProblemError(
        status,
        known?.[0] ?? `HTTP.${status}`,
        `${known?.[1] ?? 'The request was refused.'}${message}`,
      );
    }
    this.logger.error({ err: error, method: request.method, url: request.url }, 'a request failed');
    return new ProblemError(500, 'INTERNAL', 'Something went wrong here; it has been logged.');
  }
}

/** The status that Nest or Fastify gave to one of their own errors. */
function statusOf(error: unknown): number | undefined {
  if (error instanceof HttpException) return error.getStatus();
  if (error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number') return error.statusCode;
  return undefined;
}
