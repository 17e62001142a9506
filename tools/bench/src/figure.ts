import { formatTable } from './table.js';

/** What a benchmark found out. */
export interface Findings {
  readonly figures: readonly Figure[];
  /** What there is to learn besides, for people. */
  readonly text?: string;
}

/** One measured figure, next to what the project wants to reach. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly reach: string;
  readonly reached: boolean;
  /** The measurements behind it. */
  readonly detail: string;
  /** The same for scripts, where there is more to it. */
  readonly data?: unknown;
}

export function formatFigures(figures: readonly Figure[]): string {
  const rows = figures.map(({ name, value, unit, reach, reached, detail }) => [
    reached ? '✓' : '✗',
    name,
    `${Number(value.toPrecision(3))} ${unit}`,
    reach,
    detail,
  ]);
  return formatTable(['', 'figure', 'measured', 'reach', 'detail'], rows);
}
