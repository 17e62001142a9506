import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { ProblemError } from '@looseleaf/service-kit';
import { relayedStatus } from '../http/cache-status.js';
import { RecentOrders } from '../place-order/recent-orders.js';
import type { SignedIds } from '../signed-ids/signed-ids.js';
import { isJson } from '../upstream/relay.js';
import { BadUpstreamAnswerError } from '../upstream/upstream-error.js';
import type { CallOptions, Upstream } from '../upstream/upstream.js';
import { ORDERS_API, ORDER_IDS } from '../web.tokens.js';
import { OddAnswers } from './odd-answers.js';
import { readState, type OrderView } from './order-view.schema.js';

/** How long a reader waits for what the order service knows, before being told what the web tier knows. */
const ANSWER_MS = 2_000;
/** The same for a reader who has said how long to wait: that time is over when this one begins. */
const ANSWER_AFTER_WAIT_MS = 500;
const RETRY_MS = 250;
/** Served from what the web tier knows of an order since it was accepted. */
const KNOWN_HERE = 'looseleaf-web; hit; detail=acceptance';
/** Not recorded yet, not ready. */
const ANSWERS_WITHOUT_ORDER: readonly number[] = [404, 503];

/** An order as it is shown, and who says so. */
export interface OrderReading {
  /** JSON. */
  readonly body: Buffer | string;
  /** `orders`: what its owner has recorded. `web`: what the web tier knows, while the owner does not know it or is away. */
  readonly servedBy: 'orders' | 'web';
  /** For the `Cache-Status` header. */
  readonly cacheStatus: string;
}

/** What the order service answered. */
interface Recorded {
  readonly body: Buffer;
  readonly cacheStatus: string;
}

/** Shows an order that was issued, whatever state its owner is in: after a 202 there is never a 404. */
@Injectable()
export class ReadOrder implements OnModuleDestroy {
  readonly #stopping = new AbortController();
  readonly #odd: OddAnswers;

  constructor(
    @Inject(ORDER_IDS) private readonly ids: SignedIds,
    @Inject(ORDERS_API) private readonly orders: Upstream,
    private readonly recent: RecentOrders,
  ) {
    const logger = new Logger('ReadOrder');
    this.#odd = new OddAnswers((text) => logger.warn(text));
  }

  /**
   * @param waitMs how long to wait for the order's final state; 0 answers with the state that it is in
   * @param signal ends the wait when the reader is gone
   * @returns `undefined` when the reader is gone
   * @throws ProblemError 404 `ORDER.UNKNOWN` for an id that was never issued
   */
  async read(id: string, waitMs: number, signal?: AbortSignal): Promise<OrderReading | undefined> {
    this.assertIssued(id);
    const recorded = waitMs > 0 ? await this.#waitFor(id, waitMs, signal) : await this.#ask(id);
    if (signal?.aborted) return undefined;
    return recorded
      ? { ...recorded, servedBy: 'orders' }
      : { body: this.#known(id), servedBy: 'web', cacheStatus: KNOWN_HERE };
  }

  /** Waiting readers are answered at once, so that a process that stops is not held up by them. */
  onModuleDestroy(): void {
    this.#stopping.abort();
  }

  /** @throws ProblemError 404 `ORDER.UNKNOWN` */
  assertIssued(id: string): void {
    if (this.ids.verify(id)) return;
    throw new ProblemError(404, 'ORDER.UNKNOWN', 'No order has this id. Ids are in the answer to POST /v1/orders.');
  }

  /** Asks until the state is final: it waits at the order service, and here while that is away or about to stop. */
  async #waitFor(id: string, waitMs: number, readerGone: AbortSignal | undefined): Promise<Recorded | undefined> {
    const signal = AbortSignal.any([this.#stopping.signal, ...(readerGone ? [readerGone] : [])]);
    const deadlineMs = performance.now() + waitMs;
    const remainingMs = (): number => Math.max(0, Math.ceil(deadlineMs - performance.now()));
    let recorded: Recorded | undefined;
    for (let ms = waitMs; ms > 0; ms = remainingMs()) {
      const options = { waitMs: ms, timeoutMs: ms + ANSWER_AFTER_WAIT_MS, signal };
      recorded = (await this.#ask(id, options)) ?? recorded;
      if (signal.aborted || (recorded && readState(recorded.body) !== 'accepted')) break;
      await delay(Math.min(RETRY_MS, remainingMs()));
    }
    return recorded ?? (readerGone?.aborted ? undefined : this.#ask(id, { timeoutMs: ANSWER_AFTER_WAIT_MS }));
  }

  /** What the order service has recorded; `undefined` while it has not recorded the order, or cannot say. */
  async #ask(
    id: string,
    { waitMs = 0, timeoutMs = ANSWER_MS, signal }: CallOptions & { readonly waitMs?: number } = {},
  ): Promise<Recorded | undefined> {
    try {
      const path = `/internal/orders/${id}${waitMs > 0 ? `?waitMs=${waitMs}` : ''}`;
      const answer = await this.orders.get(path, { timeoutMs, hurried: true, signal });
      if (isJson(answer)) return { body: answer.body, cacheStatus: relayedStatus(answer) };
      const { status } = answer;
      if (status === 200) this.#odd.note('its answer is no JSON');
      else if (!ANSWERS_WITHOUT_ORDER.includes(status)) this.#odd.note(`it answered with status ${status}`);
      return undefined;
    } catch (error) {
      if (!signal?.aborted && !(error instanceof ProblemError)) throw error;
      if (error instanceof BadUpstreamAnswerError) this.#odd.note(error.message);
      // The order service is away, which the upstream has logged and `servedBy` tells the reader; or the wait is over.
      return undefined;
    }
  }

  #known(id: string): string {
    const order = this.recent.get(id);
    const at = order?.acceptedAt ?? this.ids.issuedAt(id)?.toISOString();
    const view: OrderView = {
      id,
      state: 'accepted',
      ...(at && { acceptedAt: at }),
      ...(order && { lines: [...order.lines] }),
      history: at === undefined ? [] : [{ state: 'accepted', at }],
    };
    return JSON.stringify(view);
  }
}
