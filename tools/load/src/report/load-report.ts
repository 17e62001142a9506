import { percentiles, type Percentiles } from '@looseleaf/replay';
import type { Account } from '../account/account.js';
import type { FileAccount } from '../account/file-account.js';
import type { Journal } from '../run-k6/journal.js';
import type { K6Run } from '../run-k6/run-k6.js';
import type { Summary } from '../run-k6/summary.js';
import type { Amount } from '../scenarios/amount.js';
import type { ScenarioName } from '../scenarios/scenario.js';

/** One second of the load. */
export interface SecondView {
  readonly accepted: number;
  readonly failed: number;
  /** Of accepting; 0 when nothing was accepted. */
  readonly p95Ms: number;
}

/** The outcome of a load, as `--json` prints it. */
export interface LoadReport extends Summary {
  readonly scenario: ScenarioName;
  readonly address: string;
  readonly runId: string;
  readonly startedAt: string;
  readonly asked: Amount;
  /** Ended before its time; what was sent is accounted for all the same. */
  readonly isInterrupted: boolean;
  /** From order to 202. */
  readonly acceptMs: Percentiles;
  /** Orders and checkouts without a 202, by reason; those that were sent again and accepted included. */
  readonly failures: Readonly<Record<string, number>>;
  readonly account: Account;
  /** Of the scenario that sends stock files. */
  readonly files?: FileAccount;
  readonly seconds: readonly SecondView[];
  /** What k6 said. */
  readonly remarks: readonly string[];
  /** Every threshold held, and the account is clean. */
  readonly ok: boolean;
}

export interface ReportInput {
  readonly name: ScenarioName;
  readonly webUrl: string;
  readonly runId: string;
  readonly startedAt: Date;
  readonly amount: Amount;
  readonly isInterrupted: boolean;
  readonly run: K6Run;
  readonly journal: Journal;
  readonly account: Account;
  readonly files: FileAccount | undefined;
}

/** Puts together what was asked for, measured and found. */
export function composeReport(input: ReportInput): LoadReport {
  const { run, journal, account, files } = input;
  const filesOk = files === undefined || files.incomplete.length === 0;
  return {
    scenario: input.name,
    address: input.webUrl,
    runId: input.runId,
    startedAt: input.startedAt.toISOString(),
    asked: input.amount,
    isInterrupted: input.isInterrupted,
    ...run.summary,
    acceptMs: percentiles(journal.seconds.flatMap(({ latenciesMs }) => latenciesMs)),
    failures: journal.failures,
    account,
    ...(files && { files }),
    seconds: journal.seconds.map(({ accepted, failed, latenciesMs }) => ({
      accepted,
      failed,
      p95Ms: p95(latenciesMs),
    })),
    remarks: run.remarks,
    ok: account.isClean && filesOk && run.summary.thresholds.every(({ ok }) => ok),
  };
}

/** By nearest rank. */
function p95(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.ceil(values.length * 0.95) - 1] ?? 0;
}
