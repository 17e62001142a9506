import { Controller, Get, Header, Param, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { MailReader } from '../read-mail/mail-reader.js';
import { listPage, mailPage, missingPage } from './pages.js';
import { STYLE } from './style.js';

const ROWS = 50;
const HTML = 'text/html; charset=utf-8';

const pageQuery = z.object({
  to: z.string().trim().max(320).default(''),
  after: z
    .string()
    .regex(/^\d{13}$/, 'must be the `next` of the page before')
    .optional(),
});

/** Caught mail for people: plain pages that work without scripts. */
@Controller()
export class PagesController {
  constructor(private readonly mail: MailReader) {}

  @Get()
  @Header('content-type', HTML)
  async list(@Query({ schema: pageQuery }) { to, after }: z.infer<typeof pageQuery>): Promise<string> {
    return listPage(await this.mail.list({ toPart: to, after, limit: ROWS }), to, after === undefined);
  }

  @Get('mails/:id')
  @Header('content-type', HTML)
  async show(@Param('id') id: string, @Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    const mail = await this.mail.find(id);
    if (!mail) void reply.status(404);
    return mail ? mailPage(mail) : missingPage();
  }

  @Get('style.css')
  @Header('content-type', 'text/css; charset=utf-8')
  @Header('cache-control', 'max-age=3600')
  style(): string {
    return STYLE;
  }
}
