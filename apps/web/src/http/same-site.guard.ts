import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { ProblemError } from '@looseleaf/service-kit';
import type { FastifyRequest } from 'fastify';

/** Browsers say where a request comes from (Fetch Metadata); `none`: the user typed it. Programs say nothing. */
const OWN: readonly unknown[] = [undefined, 'same-origin', 'none'];

/**
 * Refuses what another site's page sends in a customer's name. The session's cookie does not go with it anyhow
 * (`SameSite=Lax`), and bodies must be JSON, which a form cannot send; this also refuses pages of sister domains and requests
 * without a body.
 */
@Injectable()
export class SameSiteGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { headers } = context.switchToHttp().getRequest<FastifyRequest>();
    if (OWN.includes(headers['sec-fetch-site'])) return true;
    throw new ProblemError(403, 'REQUEST.CROSS_SITE', 'A page of another site may not do this in your name.');
  }
}
