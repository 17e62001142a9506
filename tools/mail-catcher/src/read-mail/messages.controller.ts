import { Controller, Delete, Get, Header, HttpCode, Param, Query } from '@nestjs/common';
import { ProblemError } from '@looseleaf/service-kit';
import { z } from 'zod';
import { MailReader, type MailPage, type MailView } from './mail-reader.js';

const MAX_LIMIT = 500;
const DEFAULT_LIMIT = 50;

const listQuery = z.object({
  to: z.string().max(320).optional(),
  after: z
    .string()
    .regex(/^\d{13}$/, 'must be the `next` of the page before')
    .optional(),
  limit: z.coerce.number().int().min(1).max(MAX_LIMIT).default(DEFAULT_LIMIT),
});

/** Caught mail for scripts and tests. */
@Controller('messages')
export class MessagesController {
  constructor(private readonly mail: MailReader) {}

  /** The newest first. @param query.to the exact address of the recipient */
  @Get()
  list(@Query({ schema: listQuery }) query: z.infer<typeof listQuery>): Promise<MailPage> {
    return this.mail.list(query);
  }

  /** The mail as it was sent, below its envelope. */
  @Get(':id.eml')
  @Header('content-type', 'message/rfc822')
  @Header('content-disposition', 'attachment')
  async file(@Param('id') id: string): Promise<Buffer> {
    return known(await this.mail.findFile(id));
  }

  @Get(':id')
  async find(@Param('id') id: string): Promise<MailView> {
    return known(await this.mail.find(id));
  }

  /** Also forgets them: a mail that is sent again is a new one. */
  @Delete()
  @HttpCode(204)
  clear(): Promise<void> {
    return this.mail.clear();
  }
}

function known<Found>(found: Found | undefined): Found {
  if (found !== undefined) return found;
  throw new ProblemError(
    404,
    'MAIL.UNKNOWN',
    'There is no such mail, or no longer: the oldest go when there are many.',
  );
}
