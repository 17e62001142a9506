/** Why a line of the data never reaches the shop. The wording is what people read in the account. */
export const SKIP_REASONS = {
  MALFORMED_ROW: 'not readable as a line of an invoice',
  NOT_GOODS: 'postage, fee, voucher, sample or manual entry, not goods',
  STOCK_ADJUSTMENT: 'negative quantity outside a cancellation: a stock adjustment',
  PRICE_ZERO: 'price 0: found, lost or given away, not sold',
  PRICE_NEGATIVE: 'negative price: a book entry',
  QUANTITY_ABOVE_LIMIT: 'more than 10 000 units in a line',
  RETURN_WITHOUT_CUSTOMER: 'return that names no customer',
  RETURN_OF_PART: 'return of a part of an order: the shop cancels whole orders',
  RETURN_OF_EARLIER: 'return of what was not bought within the chosen days',
} as const;
export type SkipReason = keyof typeof SKIP_REASONS;

export interface SkipCount {
  lines: number;
  invoices: number;
}

/** Counts what is skipped, by reason, and keeps the first examples of each. */
export class Skipped {
  private readonly counts = new Map<SkipReason, SkipCount & { lastInvoice: string; examples: string[] }>();

  /** @param where the place in the file, kept as an example */
  add(reason: SkipReason, invoice: string, where: string): void {
    let count = this.counts.get(reason);
    if (!count) this.counts.set(reason, (count = { lines: 0, invoices: 0, lastInvoice: '', examples: [] }));
    count.lines += 1;
    // The lines of an invoice follow each other, so the last one tells whether this invoice is counted already.
    if (invoice === '' || count.lastInvoice !== invoice) count.invoices += 1;
    count.lastInvoice = invoice;
    if (count.examples.length < 3) count.examples.push(where);
  }

  /** By reason, the most frequent first. */
  toJSON(): Partial<Record<SkipReason, SkipCount & { examples: string[] }>> {
    const sorted = [...this.counts].sort(([, a], [, b]) => b.lines - a.lines);
    return Object.fromEntries(
      sorted.map(([reason, { lines, invoices, examples }]) => [reason, { lines, invoices, examples }]),
    );
  }
}
