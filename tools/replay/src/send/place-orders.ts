import type { PlannedOrder } from '../trade/planned-step.js';
import type { HttpCall } from './http-client.js';
import { batchCall, orderCall, type RequestOptions } from './order-request.js';
import { type GivenUp, isGivenUp, type TimedAnswer } from './persistent-caller.js';
import type { Fate, SendLog } from './send-log.js';

/** A way to the shop's order book. */
export interface OrderPlacer {
  /** Sends orders together; what became of each, in the same order. */
  place(orders: readonly PlannedOrder[]): Promise<readonly Fate[]>;
}

/** Makes one call, and again until there is a lasting answer; counts it. */
export type Call = (request: HttpCall) => Promise<TimedAnswer | GivenUp>;

/** Sends orders as a system does: ready-made, one or many in a request. */
export class DirectPlacer implements OrderPlacer {
  constructor(
    private readonly call: Call,
    private readonly log: SendLog,
    private readonly options: RequestOptions & { readonly batchSize: number },
  ) {}

  async place(orders: readonly PlannedOrder[]): Promise<readonly Fate[]> {
    const single = this.options.batchSize === 1;
    const answer = await this.call(single ? orderCall(orders[0]!, this.options) : batchCall(orders, this.options));
    if (isGivenUp(answer)) return orders.map(() => ({ kind: 'unanswered', reason: answer.givenUp }));
    if (answer.status !== 202) return orders.map(() => ({ kind: 'refused', code: problemCode(answer) }));
    this.log.latenciesMs.push(answer.latencyMs);
    const results = single ? [answer.body] : (answer.body as { items: unknown[] }).items;
    return orders.map((_, index) => readFate(results[index]));
  }
}

/** What a 202 says of one order. */
export function readFate(result: unknown): Fate {
  const { id, state, code, status } = (result ?? {}) as { id?: string; state?: string; code?: string; status?: number };
  if (state === 'accepted' && id !== undefined) return { kind: 'accepted', id };
  return { kind: 'refused', code: code ?? String(status ?? 'ANSWER_UNREADABLE') };
}

/** The code of a problem, or the status of an answer that has none. */
export function problemCode({ status, body }: TimedAnswer): string {
  return (body as { code?: string } | undefined)?.code ?? String(status);
}
