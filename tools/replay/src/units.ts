/** Sums lines by sku. */
export function unitsBySku(lines: Iterable<{ readonly sku: string; readonly quantity: number }>): Map<string, number> {
  const units = new Map<string, number>();
  for (const { sku, quantity } of lines) units.set(sku, (units.get(sku) ?? 0) + quantity);
  return units;
}

/** The same text for the same units, in whatever order they come. */
export function describeUnits(units: ReadonlyMap<string, number>): string {
  return [...units]
    .map(([sku, quantity]) => `${sku}×${quantity}`)
    .sort()
    .join(' ');
}

export function isSameUnits(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): boolean {
  if (a.size !== b.size) return false;
  for (const [sku, quantity] of a) if (b.get(sku) !== quantity) return false;
  return true;
}
