/** An order as the shop shows it. */
export interface RecordedOrder {
  readonly id: string;
  readonly state: string;
  readonly lines: readonly { readonly sku: string; readonly quantity: number }[];
  readonly history: readonly { readonly state: string; readonly reason?: string }[];
}
