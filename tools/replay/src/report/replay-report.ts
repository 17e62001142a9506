import type { Account } from '../account/account.js';
import { type Percentiles, percentiles } from '../percentiles.js';
import type { SendLog } from '../send/send-log.js';
import type { TradePlan } from '../trade/trade-plan.js';

/** The outcome of a replay, as `--json` prints it. */
export interface ReplayReport {
  readonly runId: string;
  readonly file: string;
  readonly trade: Pick<TradePlan, 'invoices' | 'emptyInvoices' | 'splitInvoices' | 'orders' | 'orderLines'> & {
    readonly skipped: ReturnType<TradePlan['skipped']['toJSON']>;
  };
  /** Rows of the stock files; 0 when stock was left as it was. */
  readonly stockRows: number;
  readonly sent: number;
  readonly accepted: number;
  /** By problem code, or `UNANSWERED` and what kept the answer away. */
  readonly notAccepted: Readonly<Record<string, number>>;
  readonly confirmed: number;
  readonly rejected: Readonly<Record<string, number>>;
  readonly cancelled: number;
  readonly cancellations: {
    readonly sent: number;
    readonly accepted: number;
    readonly refused: Readonly<Record<string, number>>;
  };
  readonly requests: number;
  /** Requests made again, by what made it necessary. */
  readonly retries: Readonly<Record<string, number>>;
  readonly ordersPerSecond: { readonly accepted: number; readonly final: number };
  /** Of the requests that were answered with 202. */
  readonly latencyMs: Percentiles;
  /** From acceptance to `confirmed` or `rejected`. */
  readonly toFinalMs: Percentiles;
  readonly lost: number;
  readonly doubled: number;
  readonly unfinished: number;
  readonly stockAddsUp: boolean;
  /** Everything that is wrong, with order ids and items. */
  readonly faults: Pick<Account, FaultKind>;
  readonly takenUnanswered: number;
  readonly ordersOfOthers: number;
  readonly stockFilesOfOthers: number;
  readonly messagesLeft: number;
  readonly ok: boolean;
}

type FaultKind =
  'lost' | 'doubled' | 'unfinished' | 'altered' | 'notCancelled' | 'reservationFaults' | 'stockFaults' | 'deadLetters';

export interface ReportInput {
  readonly runId: string;
  readonly file: string;
  readonly plan: TradePlan;
  readonly stockRows: number;
  readonly startedAtMs: number;
  readonly log: SendLog;
  readonly retries: Readonly<Record<string, number>>;
  readonly account: Account;
}

/** Puts together what was read, sent and found. */
export function composeReport(input: ReportInput): ReplayReport {
  const { runId, file, stockRows, startedAtMs, log, retries, account } = input;
  const { lost, doubled, unfinished, altered, notCancelled, reservationFaults, stockFaults, deadLetters } = account;
  return {
    runId,
    file,
    trade: describeTrade(input.plan),
    stockRows,
    sent: log.fates.size,
    accepted: account.accepted,
    notAccepted: log.notAccepted(),
    confirmed: account.confirmed,
    rejected: account.rejected,
    cancelled: account.cancelled,
    cancellations: {
      sent: log.cancellationsSent,
      accepted: log.cancelledIds.size,
      refused: log.cancellationsRefused,
    },
    requests: log.requests,
    retries,
    ordersPerSecond: {
      accepted: perSecond(account.accepted, log.elapsedMs),
      final: perSecond(account.accepted, account.lastChangeAtMs - startedAtMs),
    },
    latencyMs: percentiles(log.latenciesMs),
    toFinalMs: account.toFinalMs,
    lost: lost.length,
    doubled: doubled.length,
    unfinished: unfinished.length,
    stockAddsUp: stockFaults.length === 0 && reservationFaults.length === 0,
    faults: { lost, doubled, unfinished, altered, notCancelled, reservationFaults, stockFaults, deadLetters },
    takenUnanswered: account.takenUnanswered,
    ordersOfOthers: account.ofOthers,
    stockFilesOfOthers: account.stockFilesSince,
    messagesLeft: account.messagesLeft,
    ok: account.isClean,
  };
}

function describeTrade(plan: TradePlan): ReplayReport['trade'] {
  const { invoices, emptyInvoices, splitInvoices, orders, orderLines, skipped } = plan;
  return { invoices, emptyInvoices, splitInvoices, orders, orderLines, skipped: skipped.toJSON() };
}

function perSecond(count: number, elapsedMs: number): number {
  return elapsedMs > 0 ? Math.round((count / elapsedMs) * 1000) : 0;
}
