import type { SentOrder } from '../account/books.js';
import type { PlannedOrder } from '../trade/planned-step.js';

/** What became of one order when it was sent. */
export type Fate =
  | { readonly kind: 'accepted'; readonly id: string }
  /** The shop said no for good; it holds no such order. */
  | { readonly kind: 'refused'; readonly code: string }
  /** No lasting answer in time: the shop may have it or not. */
  | { readonly kind: 'unanswered'; readonly reason: string };

/** What became of everything that was sent. */
export class SendLog {
  readonly fates = new Map<PlannedOrder, Fate>();
  /** Of each request that was answered with 202, retries not included. */
  readonly latenciesMs: number[] = [];
  /** Of each change of a cart, retries not included. */
  readonly cartLatenciesMs: number[] = [];
  /** Carts that were empty after their checkout, and the orders of those that were not. */
  cartsEmptied = 0;
  readonly cartsNotEmptied: string[] = [];
  /** Ids of the orders whose cancellation was answered with 202. */
  readonly cancelledIds = new Set<string>();
  /** Cancellations that were not accepted, by problem code. */
  readonly cancellationsRefused: Record<string, number> = {};
  cancellationsSent = 0;
  requests = 0;
  /** From the first request to the last answer. */
  elapsedMs = 0;

  /** For the account: accepted orders with their ids, and those that the shop may have without having said so. */
  sent(): SentOrder[] {
    return [...this.fates].flatMap(([order, fate]) => {
      if (fate.kind === 'refused') return [];
      const { customerId, lines } = order;
      return [
        { lines, ...(customerId !== undefined && { customerId }), ...(fate.kind === 'accepted' && { id: fate.id }) },
      ];
    });
  }

  /** Orders that were not accepted, by problem code or by what made the tool give up. */
  notAccepted(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const fate of this.fates.values()) {
      if (fate.kind === 'accepted') continue;
      const reason = fate.kind === 'refused' ? fate.code : `UNANSWERED ${fate.reason}`;
      counts[reason] = (counts[reason] ?? 0) + 1;
    }
    return counts;
  }

  refuseCancellation(code: string): void {
    this.cancellationsRefused[code] = (this.cancellationsRefused[code] ?? 0) + 1;
  }
}
