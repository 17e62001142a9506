import type { Percentiles } from '../percentiles.js';
import { SKIP_REASONS, type SkipReason } from '../trade/skipped.js';
import type { ReplayReport } from './replay-report.js';

const MAX_FAULTS_SHOWN = 5;
const LABEL_WIDTH = 24;
const NUMBER_WIDTH = 9;

/** The report as people read it. */
export function printReport(report: ReplayReport): string {
  return [
    ...describeSkipped(report),
    ...describeOrders(report),
    ...describePace(report),
    ...describeAudit(report),
  ].join('\n');
}

function describeSkipped({ trade }: ReplayReport): string[] {
  const reasons = Object.entries(trade.skipped) as [SkipReason, { lines: number; examples: string[] }][];
  return [
    '',
    heading('Read from the file'),
    row('invoices', trade.invoices),
    row(
      'orders',
      trade.orders,
      `${format(trade.orderLines)} lines; ${trade.splitInvoices} invoices of over 100 lines were split`,
    ),
    row('without any order', trade.emptyInvoices, 'invoices of which every line was skipped'),
    ...(reasons.length > 0 ? [heading('Lines skipped')] : []),
    ...reasons.map(([reason, { lines, examples }]) => row(reason, lines, `${SKIP_REASONS[reason]} (${examples[0]})`)),
  ];
}

function describeOrders(report: ReplayReport): string[] {
  const { cancellations } = report;
  return [
    heading('Orders'),
    row(
      'sent',
      report.sent,
      `${format(report.requests)} requests, ${format(sum(report.retries))} repeated ${list(report.retries)}`,
    ),
    row('accepted', report.accepted),
    ...rows('not accepted', report.notAccepted),
    row('confirmed', report.confirmed),
    ...rows('rejected', report.rejected),
    row('cancelled', report.cancelled, `of ${cancellations.sent} cancellations ${list(cancellations.refused)}`),
  ];
}

function describePace({ ordersPerSecond, latencyMs, toFinalMs, carts }: ReplayReport): string[] {
  return [
    heading('Pace'),
    row('accepted a second', ordersPerSecond.accepted),
    row('final a second', ordersPerSecond.final),
    ...(carts ? [`${'cart changed after'.padStart(LABEL_WIDTH)}  ${describePercentiles(carts.latencyMs)}`] : []),
    `${'answer 202 after'.padStart(LABEL_WIDTH)}  ${describePercentiles(latencyMs)}`,
    `${'final after'.padStart(LABEL_WIDTH)}  ${describePercentiles(toFinalMs)}`,
  ];
}

function describeAudit(report: ReplayReport): string[] {
  const { faults } = report;
  const isComparable = report.stockFilesOfOthers === 0;
  const stock = isComparable ? (report.stockAddsUp ? 'yes' : 'NO') : 'stock files were loaded meanwhile: not compared';
  return [
    heading('Checked in the databases'),
    row('lost', report.lost, examples(faults.lost)),
    row('doubled', report.doubled, examples(faults.doubled)),
    ...optional('not final', faults.unfinished),
    ...optional('altered', faults.altered),
    ...optional('cancelled in vain', faults.notCancelled),
    ...optional('wrong reservation', faults.reservationFaults),
    ...optional('wrong stock', faults.stockFaults),
    ...optional('dead letters', faults.deadLetters),
    ...(report.carts ? [row('carts not emptied', report.carts.notEmptied, examples(faults.cartsNotEmptied))] : []),
    `${'stock adds up'.padStart(LABEL_WIDTH)} ${stock.padStart(NUMBER_WIDTH)}`,
    ...note('taken without an answer', report.takenUnanswered),
    ...note('orders of others', report.ordersOfOthers),
    ...note('messages left in queues', report.messagesLeft),
    '',
  ];
}

function heading(text: string): string {
  return `\n${text}`;
}

function row(label: string, value: number, remark = ''): string {
  return `${label.padStart(LABEL_WIDTH)} ${format(value).padStart(NUMBER_WIDTH)}  ${remark}`.trimEnd();
}

/** One line, or one for each reason. */
function rows(label: string, counts: Readonly<Record<string, number>>): string[] {
  const entries = Object.entries(counts);
  return entries.length === 0 ? [row(label, 0)] : entries.map(([reason, count]) => row(label, count, reason));
}

function optional(label: string, faults: readonly unknown[]): string[] {
  return faults.length === 0 ? [] : [row(label, faults.length, examples(faults))];
}

function note(label: string, value: number): string[] {
  return value === 0 ? [] : [row(label, value)];
}

function examples(faults: readonly unknown[]): string {
  const shown = faults
    .slice(0, MAX_FAULTS_SHOWN)
    .map((fault) => (typeof fault === 'string' ? fault : JSON.stringify(fault)));
  return shown.join(', ') + (faults.length > MAX_FAULTS_SHOWN ? ', …' : '');
}

function list(counts: Readonly<Record<string, number>>): string {
  const entries = Object.entries(counts);
  return entries.length === 0 ? '' : `(${entries.map(([reason, count]) => `${reason}: ${format(count)}`).join(', ')})`;
}

function describePercentiles({ p50, p90, p99, max }: Percentiles): string {
  const ms = (value: number): string => `${value < 10 ? value.toFixed(1) : format(Math.round(value))} ms`;
  return `p50 ${ms(p50)}, p90 ${ms(p90)}, p99 ${ms(p99)}, longest ${ms(max)}`;
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}

function format(value: number): string {
  return value.toLocaleString('en');
}
