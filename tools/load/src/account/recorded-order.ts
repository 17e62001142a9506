/** An order as the shop shows it. */
export interface RecordedOrder {
  readonly id: string;
  readonly state: string;
  readonly lines: readonly { readonly sku: string; readonly quantity: number }[];
  readonly history: readonly { readonly state: string; readonly reason?: string }[];
}

/** Whether nothing more is to come: a cancellation that was accepted is, unless the order was rejected before. */
export function isFinal({ id, state }: RecordedOrder, cancelledIds: ReadonlySet<string>): boolean {
  return state === 'confirmed' ? !cancelledIds.has(id) : state === 'rejected' || state === 'cancelled';
}
