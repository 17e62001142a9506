import { applyDecorators } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';
import { z } from 'zod';
import { outputSchema } from './json-schema.js';

/** The body of every error (RFC 9457). */
export const problemSchema = outputSchema(
  z.object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.string().describe('Stable, `AREA.REASON`'),
    detail: z.string().describe('What was wrong and what to do'),
    errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).optional(),
  }),
);

const MEANINGS: Readonly<Record<number, string>> = {
  400: 'The request is faulty; `errors` lists every fault',
  401: 'The operator key is missing or wrong',
  403: 'Not with this address (any more), or not from the page that it comes from',
  404: 'There is no such thing',
  409: 'Not possible in the state that it is in',
  412: 'It is no longer what `If-Match` names',
  413: 'The body is too large',
  415: 'The Content-Type is not one that this address takes',
  422: 'The Idempotency-Key belongs to another order',
  502: 'The service that owns the data failed',
  503: 'Not possible just now; see `Retry-After`',
  504: 'The service that owns the data did not answer in time',
};

/** Documents the problems that a route may answer, by status. */
export function ApiProblems(...statuses: (keyof typeof MEANINGS)[]): MethodDecorator & ClassDecorator {
  return applyDecorators(
    ...statuses.map((status) =>
      ApiResponse({
        status,
        description: MEANINGS[status] ?? '',
        content: { 'application/problem+json': { schema: problemSchema } },
      }),
    ),
  );
}
