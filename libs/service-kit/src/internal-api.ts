import {
  Inject,
  Injectable,
  StandardSchemaValidationPipe,
  type StandardSchemaValidationPipeOptions,
} from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { BearerGuard } from './bearer.js';
import { ProblemError } from './problem.js';

/** Injection token of the key of the internal HTTP APIs. */
export const INTERNAL_KEY = Symbol('INTERNAL_KEY');

/** An internal HTTP API is for the shop's own services. */
@Injectable()
export class InternalKeyGuard extends BearerGuard {
  constructor(@Inject(INTERNAL_KEY) key: string) {
    super(key, 'internal');
  }
}

type Issues = Parameters<NonNullable<StandardSchemaValidationPipeOptions['exceptionFactory']>>[0];

/** Checks parameters against the schemas that handlers name; any fault is a 400 that names all of them. */
export function validateParameters(app: NestFastifyApplication): void {
  app.useGlobalPipes(new StandardSchemaValidationPipe({ exceptionFactory: toProblem }));
}

function toProblem(issues: Issues): ProblemError {
  const errors = issues.map(({ path = [], message }) => ({
    pointer: path.map((segment) => String(typeof segment === 'object' ? segment.key : segment)).join('.'),
    detail: message,
  }));
  return new ProblemError(400, 'REQUEST.INVALID', 'Correct what "errors" lists and send the request again.', {
    errors,
  });
}
