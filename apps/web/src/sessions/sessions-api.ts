import { Inject, Injectable } from '@nestjs/common';
import type { OrderLine } from '@looseleaf/contracts';
import { ProblemError } from '@looseleaf/service-kit';
import { z } from 'zod';
import { ownerStatusOf } from '../http/cache-status.js';
import { isJson, unexpected, withQuery } from '../upstream/relay.js';
import type { UpstreamAnswer } from '../upstream/upstream-answer.js';
import { BadUpstreamAnswerError } from '../upstream/upstream-error.js';
import type { Upstream } from '../upstream/upstream.js';
import { SESSIONS_API } from '../web.tokens.js';
import { begunView, sessionView, type BegunView, type SessionView } from './session-view.schema.js';

/** Longer than a healthy session store ever takes to read; then what is near is shown, if anything is. */
const READ_MS = 2_000;
/** The session store's own statements end before. */
const CHANGE_MS = 6_000;
/** A request that does not fit the session as it is. */
const REFUSALS: readonly number[] = [409, 412];

/** What a checkout starts from. */
export interface BeginCheckout {
  readonly customerId?: string | undefined;
  readonly email?: string | undefined;
  readonly seenVersion?: number | undefined;
  /** The checkout that was to be settled, when its order will never be placed. */
  readonly withdrawn?: string | undefined;
}

const problem = z.object({ code: z.string(), detail: z.string() });

/**
 * The session store, as the web tier calls it. `key` is that of the cookie. Every method throws UpstreamUnreachableError,
 * UpstreamTimeoutError and BadUpstreamAnswerError, and a ProblemError 409 or 412 when the session store refuses.
 */
@Injectable()
export class SessionsApi {
  constructor(@Inject(SESSIONS_API) private readonly upstream: Upstream) {}

  /** @param atLeast the version that the reader has seen; @returns `undefined` when there is no such session */
  async read(
    key: string,
    { atLeast, strong }: { atLeast: number; strong: boolean },
  ): Promise<{ session: SessionView | undefined; cacheStatus: string | undefined }> {
    const query = { consistency: strong ? 'strong' : undefined, atLeast: atLeast || undefined };
    const answer = await this.upstream.get(withQuery(`/internal/sessions/${key}`, query), { timeoutMs: READ_MS });
    return { session: this.#known(answer, sessionView), cacheStatus: ownerStatusOf(answer) };
  }

  /** @param create the key is new; @returns `undefined` when there is no such session */
  async setLine(
    key: string,
    { sku, ...line }: OrderLine,
    { seen, create = false }: { seen?: number | undefined; create?: boolean },
  ): Promise<SessionView | undefined> {
    const path = withQuery(linePath(key, sku), { seen, create: create ? 'true' : undefined });
    return this.#known(await this.upstream.send('PUT', path, line, { timeoutMs: CHANGE_MS }), sessionView);
  }

  /** @returns `undefined` when there is no such session */
  async removeLine(key: string, sku: string, seen: number | undefined): Promise<SessionView | undefined> {
    const path = withQuery(linePath(key, sku), { seen });
    return this.#known(await this.upstream.send('DELETE', path, undefined, { timeoutMs: CHANGE_MS }), sessionView);
  }

  /** @returns `undefined` when there is no such session */
  async emptyCart(key: string, seen: number | undefined): Promise<SessionView | undefined> {
    const path = withQuery(`/internal/sessions/${key}/lines`, { seen });
    return this.#known(await this.upstream.send('DELETE', path, undefined, { timeoutMs: CHANGE_MS }), sessionView);
  }

  /** @returns `undefined` when there is no such session */
  async begin(key: string, request: BeginCheckout): Promise<BegunView | undefined> {
    const path = `/internal/sessions/${key}/checkouts`;
    // Beginning twice is beginning once.
    const options = { timeoutMs: CHANGE_MS, repeatable: true };
    return this.#known(await this.upstream.send('POST', path, request, options), begunView);
  }

  /** @param acceptedAt of the checkout's order; @returns `undefined` when there is no such session */
  async complete(key: string, checkoutId: string, acceptedAt: string): Promise<SessionView | undefined> {
    const path = `/internal/sessions/${key}/checkouts/${checkoutId}/completion`;
    const options = { timeoutMs: CHANGE_MS };
    return this.#known(await this.upstream.send('PUT', path, { acceptedAt }, options), sessionView);
  }

  /** What the answer says; `undefined` when it says that there is no such session. */
  #known<View>(answer: UpstreamAnswer, schema: z.ZodType<View>): View | undefined {
    if (isJson(answer)) return this.#parse(answer, schema);
    const told = this.#parse(answer, problem);
    if (answer.status === 404 && told.code === 'SESSION.UNKNOWN') return undefined;
    if (!REFUSALS.includes(answer.status)) throw unexpected(this.upstream, answer.status);
    throw new ProblemError(answer.status, told.code, told.detail);
  }

  #parse<View>({ body, status }: UpstreamAnswer, schema: z.ZodType<View>): View {
    try {
      return schema.parse(JSON.parse(body.toString()));
    } catch (cause) {
      if (status !== 200) throw unexpected(this.upstream, status);
      throw new BadUpstreamAnswerError(this.upstream.name, 'its answer was not understood', { cause });
    }
  }
}

function linePath(key: string, sku: string): string {
  return `/internal/sessions/${key}/lines/${encodeURIComponent(sku)}`;
}
