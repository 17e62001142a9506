import { InternalKeyGuard } from '@looseleaf/service-kit';
import { Controller, Get, Param, Query, Res, UseFilters, UseGuards } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { SessionError } from '../domain/session-errors.js';
import { sessionKey, version } from '../http/parameters.js';
import { SessionErrorFilter } from '../http/session-error.filter.js';
import { viewOf, type SessionView } from '../http/session-view.js';
import { SessionStore } from '../session-store/session-store.js';

const readQuery = z.object({
  /** `strong`: as the database has it now, past every cache. */
  consistency: z.enum(['eventual', 'strong']).default('eventual'),
  /** The version that the reader has seen: an older one is not an answer. */
  atLeast: version.default(0),
});

/** `GET /internal/sessions/{key}`: a session, for the shop's own services. */
@Controller('internal/sessions')
@UseGuards(InternalKeyGuard)
@UseFilters(SessionErrorFilter)
export class ReadSessionController {
  constructor(private readonly sessions: SessionStore) {}

  @Get(':key')
  async read(
    @Param('key', { schema: sessionKey }) key: string,
    @Query({ schema: readQuery }) { consistency, atLeast }: z.infer<typeof readQuery>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SessionView> {
    const { stored, servedBy } = await this.sessions.read(key, { atLeast, strong: consistency === 'strong' });
    if (!stored) throw new SessionError('SESSION.UNKNOWN', 'There is no such session, or it has expired.');
    void reply.header('cache-status', servedBy);
    return viewOf(stored);
  }
}
