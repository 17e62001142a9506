import type { LoadReport } from './load-report.js';

const LABEL_WIDTH = 24;
const NUMBER_WIDTH = 9;
const MAX_EXAMPLES = 5;

/** The report as people read it. */
export function printReport(report: LoadReport): string {
  return [
    ...describeLoad(report),
    ...(report.files ? describeFiles(report.files) : describeOrders(report)),
    ...describeThresholds(report),
    ...describeRemarks(report),
    '',
  ].join('\n');
}

function describeLoad(report: LoadReport): string[] {
  const { asked, arrivals, droppedArrivals, requests, failedRequests, acceptMs, isInterrupted } = report;
  const { p50, p90, p99, max } = acceptMs;
  const asIs = `of ${format(asked.arrivals)} asked for${isInterrupted ? '; INTERRUPTED' : ''}`;
  return [
    `\n${report.scenario}, run ${report.runId}, ${report.address}`,
    row('arrivals', arrivals, asIs + (droppedArrivals > 0 ? `; ${format(droppedArrivals)} k6 had nobody for` : '')),
    row('requests', requests),
    row('failed', failedRequests, list(report.failures)),
    ...(report.files
      ? []
      : [text('answer 202 after', `p50 ${ms(p50)}, p90 ${ms(p90)}, p99 ${ms(p99)}, longest ${ms(max)}`)]),
  ];
}

function describeOrders({ account }: LoadReport): string[] {
  const stock = account.isStockCompared ? (account.stockFaults.length === 0 ? 'yes' : 'NO') : 'not compared';
  return [
    '\nOrders, as the shop has them',
    row('sent', account.sent),
    row('accepted', account.accepted),
    ...optional('refused', account.refused),
    row('confirmed', account.confirmed),
    ...optional('rejected', account.rejected),
    row('cancelled', account.cancelled),
    row('lost', account.lost.length, examples(account.lost)),
    row('doubled', account.doubled.length, examples(account.doubled)),
    ...(account.unfinished.length > 0
      ? [row('not final', account.unfinished.length, examples(account.unfinished))]
      : []),
    ...(account.unanswered > 0
      ? [row('without an answer', account.unanswered, `${format(account.takenUnanswered)} of them taken`)]
      : []),
    text('stock adds up', stock.padStart(NUMBER_WIDTH)),
  ];
}

function describeFiles(files: NonNullable<LoadReport['files']>): string[] {
  return [
    '\nStock files, as the shop has them',
    row('accepted', files.accepted),
    row('imported', files.imported, `${format(files.rows)} rows`),
    row('incomplete', files.incomplete.length, examples(files.incomplete)),
  ];
}

function describeThresholds({ thresholds }: LoadReport): string[] {
  return [
    '\nThresholds',
    ...thresholds.map(
      ({ metric, expression, measured, ok }) =>
        `${(ok ? 'held' : 'BROKEN').padStart(LABEL_WIDTH)}  ${describeMetric(metric)} ${expression} (${round(measured)})`,
    ),
  ];
}

function describeRemarks({ remarks }: LoadReport): string[] {
  if (remarks.length === 0) return [];
  return ['\nk6 said', ...remarks.slice(0, MAX_EXAMPLES).map((remark) => `  ${remark}`)];
}

/** `http_req_duration{name:place order}` is how k6 writes it. */
function describeMetric(metric: string): string {
  return metric.replace(/^http_req_duration\{name:(.*)\}$/, 'ms of "$1"');
}

function row(label: string, value: number, remark = ''): string {
  return `${label.padStart(LABEL_WIDTH)} ${format(value).padStart(NUMBER_WIDTH)}  ${remark}`.trimEnd();
}

function text(label: string, value: string): string {
  return `${label.padStart(LABEL_WIDTH)}  ${value}`;
}

function optional(label: string, counts: Readonly<Record<string, number>>): string[] {
  return Object.entries(counts).map(([reason, count]) => row(label, count, reason));
}

function list(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([reason, count]) => `${reason}: ${format(count)}`)
    .join(', ');
}

function examples(ids: readonly string[]): string {
  return ids.slice(0, MAX_EXAMPLES).join(', ') + (ids.length > MAX_EXAMPLES ? ', …' : '');
}

function ms(value: number): string {
  return `${round(value)} ms`;
}

function round(value: number): string {
  return value < 10 ? String(Math.round(value * 100) / 100) : format(Math.round(value));
}

function format(value: number): string {
  return value.toLocaleString('en');
}
