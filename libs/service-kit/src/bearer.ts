import { createHash, timingSafeEqual } from 'node:crypto';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { ProblemError } from './problem.js';

/** The scheme counts in whatever case (RFC 9110, section 11.1). */
const SCHEME = /^bearer +/i;

/** Says whether an `Authorization` header is `Bearer <key>`, in a time that tells nothing of the key. */
export function isBearer(authorization: string | undefined, key: string): boolean {
  return timingSafeEqual(digest((authorization ?? '').replace(SCHEME, 'Bearer ')), digest(`Bearer ${key}`));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Lets a request pass that carries the key; else 401. For internal HTTP APIs and operators' calls. */
export class BearerGuard implements CanActivate {
  constructor(
    private readonly key: string,
    private readonly realm: string,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    if (isBearer(request.headers.authorization, this.key)) return true;
    throw new ProblemError(
      401,
      'AUTH.REQUIRED',
      `This call needs the ${this.realm} key: Authorization: Bearer <key>.`,
      {
        headers: { 'www-authenticate': `Bearer realm="${this.realm}"` },
      },
    );
  }
}
