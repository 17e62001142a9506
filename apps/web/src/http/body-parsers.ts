import { UnsupportedMediaTypeException } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { ProblemError } from '@looseleaf/service-kit';

/** The largest body of a request: 10 MiB. */
export const MAX_BODY_BYTES = 10 * 1024 * 1024;

const FORM_TYPE = 'application/x-www-form-urlencoded';

/**
 * JSON for all routes, a stream of CSV for those that take it, and 415 for everything else.
 * @param csvRoutes the routes that take `text/csv`; they read the stream themselves, and limit it
 */
export function useBodyParsers(app: NestFastifyApplication, csvRoutes: readonly string[]): void {
  const fastify = app.getHttpAdapter().getInstance();
  fastify.removeContentTypeParser('text/plain');
  app.useBodyParser('application/json', { bodyLimit: MAX_BODY_BYTES }, (_request, body: Buffer, done) => {
    parseJson(body, done);
  });
  // Nest would add a parser for forms.
  app.useBodyParser(FORM_TYPE, {}, (_request, _body, done) => done(new UnsupportedMediaTypeException()));
  fastify.addContentTypeParser('text/csv', (request, stream, done) => {
    if (csvRoutes.includes(request.routeOptions.url ?? '')) done(null, stream);
    else done(new UnsupportedMediaTypeException());
  });
}

/**
 * Fields such as `__proto__` need no look at here: every body goes through a schema, which builds a new object out of the
 * fields that it names. An empty body is no body: some clients announce JSON on every request.
 */
function parseJson(body: Buffer, done: (error: Error | null, value?: unknown) => void): void {
  let value: unknown;
  try {
    value = body.length === 0 ? undefined : JSON.parse(body.toString());
  } catch (error) {
    const detail = `The body is not JSON: ${error instanceof Error ? error.message : String(error)}.`;
    done(new ProblemError(400, 'REQUEST.MALFORMED_JSON', detail));
    return;
  }
  done(null, value);
}
