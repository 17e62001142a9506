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
  /** Undefined when no carts were used. */
  readonly carts?: { readonly emptied: number; readonly notEmptied: number; readonly latencyMs: Percentiles };
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
  readonly faults: Pick<Account, FaultKind> & { readonly cartsNotEmptied: readonly string[] };
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
  const { runId, file, stockRows, log, retries, account } = input;
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
    ...describeCarts(log),
    requests: log.requests,
    retries,
    ...describePace(input),
    ...describeAudit(log, account),
    ok: account.isClean && log.cartsNotEmptied.length === 0,
  };
}

function describePace({
  startedAtMs,
  log,
  account,
}: ReportInput): Pick<ReplayReport, 'ordersPerSecond' | 'latencyMs' | 'toFinalMs'> {
  return {
    ordersPerSecond: {
      accepted: perSecond(account.accepted, log.elapsedMs),
      final: perSecond(account.accepted, account.lastChangeAtMs - startedAtMs),
    },
    latencyMs: percentiles(log.latenciesMs),
    toFinalMs: account.toFinalMs,
  };
}

type Audit =
  | 'lost'
  | 'doubled'
  | 'unfinished'
  | 'stockAddsUp'
  | 'faults'
  | 'takenUnanswered'
  | 'ordersOfOthers'
  | 'stockFilesOfOthers'
  | 'messagesLeft';

function describeAudit({ cartsNotEmptied }: SendLog, account: Account): Pick<ReplayReport, Audit> {
  const { lost, doubled, unfinished, altered, notCancelled, reservationFaults, stockFaults, deadLetters } = account;
  const faults = { lost, doubled, unfinished, altered, notCancelled, reservationFaults, stockFaults, deadLetters };
  return {
    lost: lost.length,
    doubled: doubled.length,
    unfinished: unfinished.length,
    stockAddsUp: stockFaults.length === 0 && reservationFaults.length === 0,
    faults: { ...faults, cartsNotEmptied },
    takenUnanswered: account.takenUnanswered,
    ordersOfOthers: account.ofOthers,
    stockFilesOfOthers: account.stockFilesSince,
    messagesLeft: account.messagesLeft,
  };
}

function describeCarts({ cartLatenciesMs, cartsEmptied, cartsNotEmptied }: SendLog): Pick<ReplayReport, 'carts'> {
  if (cartLatenciesMs.length === 0) return {};
  const latencyMs = percentiles(cartLatenciesMs);
  return { carts: { emptied: cartsEmptied, notEmptied: cartsNotEmptied.length, latencyMs } };
}

function describeTrade(plan: TradePlan): ReplayReport['trade'] {
  const { invoices, emptyInvoices, splitInvoices, orders, orderLines, skipped } = plan;
  return { invoices, emptyInvoices, splitInvoices, orders, orderLines, skipped: skipped.toJSON() };
}

function perSecond(count: number, elapsedMs: number): number {
  return elapsedMs > 0 ? Math.round((count / elapsedMs) * 1000) : 0;
}
