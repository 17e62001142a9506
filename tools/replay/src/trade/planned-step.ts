/** A line of an order, with the price that the invoice has. */
export interface PlannedLine {
  readonly sku: string;
  readonly quantity: number;
  readonly unitPriceMinor: number;
}

/** An order to be placed. */
export interface PlannedOrder {
  /** The invoice, with `:part` from the second part on; unique within the file. */
  readonly key: string;
  readonly customerId?: string;
  readonly lines: readonly PlannedLine[];
}

/** A cancellation of one earlier order. */
export interface PlannedCancellation {
  readonly invoice: string;
  readonly cancels: PlannedOrder;
}

/** What the shop is asked to do. */
export type PlannedStep = PlannedOrder | PlannedCancellation;

/** Tells the two kinds of steps apart. */
export function isPlannedCancellation(step: PlannedStep): step is PlannedCancellation {
  return 'cancels' in step;
}
