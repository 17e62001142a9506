import { orderLine, sku } from '@looseleaf/contracts';
import { InternalKeyGuard } from '@looseleaf/service-kit';
import { Body, Controller, Delete, Param, Put, Query, UseFilters, UseGuards } from '@nestjs/common';
import { z } from 'zod';
import { changeSeen, emptyCart, removeLine, setLine } from '../domain/cart.js';
import type { Session } from '../domain/session.js';
import { sessionKey, version } from '../http/parameters.js';
import { SessionErrorFilter } from '../http/session-error.filter.js';
import { viewOf, type SessionView } from '../http/session-view.js';
import { SessionStore } from '../session-store/session-store.js';

const newLine = orderLine.omit({ sku: true });
const changeQuery = z.object({
  /** The version of the cart that the customer saw: no other one is changed. */
  seen: version.optional(),
});
const setQuery = changeQuery.extend({
  /** The key is new, made for this request: there is a session from now on. Any other key must be known. */
  create: z.stringbool().default(false),
});

/** `/internal/sessions/{key}/lines`: changes of a cart. Each sets a state, so doing it twice is doing it once. */
@Controller('internal/sessions/:key/lines')
@UseGuards(InternalKeyGuard)
@UseFilters(SessionErrorFilter)
export class ChangeCartController {
  constructor(private readonly sessions: SessionStore) {}

  @Put(':sku')
  async set(
    @Param('key', { schema: sessionKey }) key: string,
    @Param('sku', { schema: sku }) lineSku: string,
    @Body({ schema: newLine }) line: z.infer<typeof newLine>,
    @Query({ schema: setQuery }) { seen, create }: z.infer<typeof setQuery>,
  ): Promise<SessionView> {
    return viewOf(
      await this.sessions.change(
        key,
        inSeen(seen, (cart) => setLine(cart, { sku: lineSku, ...line })),
        { create },
      ),
    );
  }

  @Delete(':sku')
  async remove(
    @Param('key', { schema: sessionKey }) key: string,
    @Param('sku', { schema: sku }) lineSku: string,
    @Query({ schema: changeQuery }) { seen }: z.infer<typeof changeQuery>,
  ): Promise<SessionView> {
    return viewOf(
      await this.sessions.change(
        key,
        inSeen(seen, (cart) => removeLine(cart, lineSku)),
      ),
    );
  }

  @Delete()
  async empty(
    @Param('key', { schema: sessionKey }) key: string,
    @Query({ schema: changeQuery }) { seen }: z.infer<typeof changeQuery>,
  ): Promise<SessionView> {
    return viewOf(await this.sessions.change(key, inSeen(seen, emptyCart)));
  }
}

function inSeen(seenVersion: number | undefined, change: (session: Session) => Session): (session: Session) => Session {
  return (session) => changeSeen(session, seenVersion, change);
}
