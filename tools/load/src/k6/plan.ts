/** An item that customers see and buy. */
export interface Item {
  readonly sku: string;
  readonly unitPriceMinor: number;
}

export interface Line {
  readonly sku: string;
  readonly quantity: number;
  readonly seenUnitPriceMinor?: number;
}

/** All that the script in k6 knows; it comes as JSON in the environment variable {@link PLAN_VARIABLE}. */
export interface LoadPlan {
  readonly webUrl: string;
  /** In every idempotency key, so that no two runs share one. */
  readonly runId: string;
  /** Whose every order of the run is: by it the shop lists them. */
  readonly customerId: string;
  readonly items: readonly Item[];
  /** Most lines of an order. */
  readonly maxLines: number;
  /** For uploads. */
  readonly operatorKey?: string;
  readonly rowsPerFile: number;
  /** For k6: scenarios and thresholds. */
  readonly options: object;
}

export const PLAN_VARIABLE = 'LOOSELEAF_LOAD_PLAN';
export const SUMMARY_VARIABLE = 'LOOSELEAF_LOAD_SUMMARY';

/** The body of an order; sent again under the same key it must be the same. */
export function orderBody({ customerId }: Pick<LoadPlan, 'customerId'>, lines: readonly Line[]): object {
  return { customerId, lines };
}
