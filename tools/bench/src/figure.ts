/** One measured figure, next to what the project wants to reach. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly reach: string;
  readonly reached: boolean;
  /** The measurements behind it. */
  readonly detail: string;
}

export function formatFigures(figures: readonly Figure[]): string {
  const rows = figures.map(({ name, value, unit, reach, reached, detail }) => [
    reached ? '✓' : '✗',
    name,
    `${Number(value.toPrecision(3))} ${unit}`,
    reach,
    detail,
  ]);
  const header = ['', 'figure', 'measured', 'reach', 'detail'];
  const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]!.length)));
  return [header, ...rows]
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
