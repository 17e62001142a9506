import { unitsBySku } from '../units.js';
import { Catalogue, type CatalogueItem } from './catalogue.js';
import type { PlannedStep } from './planned-step.js';
import { Purchases } from './purchases.js';
import type { InvoiceRows } from './read-trade.js';
import { isCancellation, isGoods, MAX_LINES_PER_ORDER, orderLineFault } from './sellable.js';
import { Skipped, type SkipReason } from './skipped.js';
import type { MalformedRow, TradeRow } from './trade-row.js';

/** What the chosen days of the file come to, in the file's order. */
export interface TradePlan {
  readonly steps: readonly PlannedStep[];
  readonly catalogue: readonly CatalogueItem[];
  readonly skipped: Skipped;
  readonly invoices: number;
  /** Invoices with lines none of which can be ordered. */
  readonly emptyInvoices: number;
  /** Invoices of more than 100 lines, and so of several orders. */
  readonly splitInvoices: number;
  readonly orders: number;
  readonly orderLines: number;
}

/**
 * Turns invoices into what the shop is asked to do. An invoice becomes an order, or one order for each 100 lines;
 * a cancellation cancels the earlier orders that it returns whole (see {@link Purchases}). All else is skipped and counted.
 */
export class TradePlanner {
  private readonly steps: PlannedStep[] = [];
  private readonly catalogue = new Catalogue();
  private readonly purchases = new Purchases();
  private readonly skipped = new Skipped();
  /** Parts an invoice has so far: an invoice can come twice, and its orders need keys of their own. */
  private readonly partsOf = new Map<string, number>();
  private readonly counts = { emptyInvoices: 0, splitInvoices: 0, orders: 0, orderLines: 0 };

  skipMalformed({ line, fault }: MalformedRow): void {
    this.skipped.add('MALFORMED_ROW', '', `line ${line}: ${fault}`);
  }

  add({ invoice, rows }: InvoiceRows): void {
    if (isCancellation(invoice)) this.addCancellation(invoice, rows);
    else this.addInvoice(invoice, rows);
  }

  finish(): TradePlan {
    return {
      steps: this.steps,
      catalogue: this.catalogue.list(),
      skipped: this.skipped,
      invoices: this.partsOf.size,
      ...this.counts,
    };
  }

  private addInvoice(invoice: string, rows: readonly TradeRow[]): void {
    const taken = rows.filter((row) => this.isTaken(row, orderLineFault(row)));
    for (const row of taken) this.catalogue.add(row);
    if (taken.length === 0) this.counts.emptyInvoices += 1;
    if (taken.length > MAX_LINES_PER_ORDER) this.counts.splitInvoices += 1;
    let parts = this.partsOf.get(invoice) ?? 0;
    for (let start = 0; start < taken.length; start += MAX_LINES_PER_ORDER) {
      parts += 1;
      this.addOrder(parts === 1 ? invoice : `${invoice}:${parts}`, taken.slice(start, start + MAX_LINES_PER_ORDER));
    }
    this.partsOf.set(invoice, parts);
  }

  private addOrder(key: string, rows: readonly TradeRow[]): void {
    const { customerId } = rows[0]!;
    const lines = rows.map(({ sku, quantity, unitPriceMinor }) => ({ sku, quantity, unitPriceMinor }));
    const order = { key, lines, ...(customerId !== undefined && { customerId }) };
    this.steps.push(order);
    this.counts.orders += 1;
    this.counts.orderLines += lines.length;
    if (customerId !== undefined) this.purchases.add(customerId, order);
  }

  private addCancellation(invoice: string, rows: readonly TradeRow[]): void {
    this.partsOf.set(invoice, 0);
    const goods = rows.filter((row) => this.isTaken(row, returnLineFault(row)));
    const customerId = goods[0]?.customerId;
    if (customerId === undefined) return;
    const returned = unitsBySku(goods.map(({ sku, quantity }) => ({ sku, quantity: -quantity })));
    const { orders, partly, left } = this.purchases.takeBack(customerId, returned);
    for (const order of orders) this.steps.push({ invoice, cancels: order });
    for (const row of goods) {
      if (left.has(row.sku)) this.skip(row, partly.has(row.sku) ? 'RETURN_OF_PART' : 'RETURN_OF_EARLIER');
    }
  }

  private isTaken(row: TradeRow, fault: SkipReason | undefined): boolean {
    if (fault !== undefined) this.skip(row, fault);
    return fault === undefined;
  }

  private skip(row: TradeRow, reason: SkipReason): void {
    this.skipped.add(reason, row.invoice, `line ${row.line}: ${row.quantity} × ${row.sku} in ${row.invoice}`);
  }
}

function returnLineFault(row: TradeRow): SkipReason | undefined {
  if (!isGoods(row.sku)) return 'NOT_GOODS';
  if (row.quantity > 0) return 'STOCK_ADJUSTMENT';
  return row.customerId === undefined ? 'RETURN_WITHOUT_CUSTOMER' : undefined;
}
