/** A line of an order as the API takes it. */
export interface Line {
  readonly sku: string;
  readonly quantity: number;
  readonly seenUnitPriceMinor?: number;
}

export interface OrderBody {
  readonly customerId?: string;
  /** Where to write what becomes of it. */
  readonly email?: string;
  readonly lines: readonly Line[];
}

const STORES = ['Berlin', 'Leeds', 'Porto'];
const AMPLE_ITEMS = 20;
const AMPLE_COUNT = 100_000;
const SCARCE_COUNT = 40;

/** Sold out soon: what is asked of it while the load runs exceeds its stock. */
export const SCARCE = 'scarce';
/** In stock, without a price. */
export const PRICELESS = 'priceless';
/** In no stock file. */
export const UNKNOWN = 'unknown';
/** Only stock files speak of it, never an order. */
export const COUNTED = 'counted';

export function ample(index: number): string {
  return `ample-${(index % AMPLE_ITEMS) + 1}`;
}

export function priceMinor(sku: string): number {
  return sku.startsWith('ample-') ? 100 + Number(sku.slice(6)) : 250;
}

/** Rows `store, sku, count`: what {@link stockFile} loads. */
export function initialStock(): { store: string; sku: string; count: number }[] {
  const everywhere = Array.from({ length: AMPLE_ITEMS }, (_, index) => ample(index)).flatMap((sku) =>
    STORES.map((store) => ({ store, sku, count: AMPLE_COUNT })),
  );
  return [
    ...everywhere,
    { store: 'Berlin', sku: SCARCE, count: SCARCE_COUNT },
    { store: 'Leeds', sku: SCARCE, count: SCARCE_COUNT / 2 },
    { store: 'Porto', sku: PRICELESS, count: 10 },
  ];
}

/** The stock file of the tests' shop. */
export function stockFile(): string {
  const rows = initialStock().map(({ store, sku, count }) =>
    [store, sku, count, `The ${sku} item`, sku === PRICELESS ? '' : priceMinor(sku)].join(','),
  );
  return ['store,item,count,name,unitPriceMinor', ...rows, ''].join('\n');
}

/** Orders as they come: most can be served, some ask for what is scarce, a few for what does not exist. */
export function orderNumber(number: number): OrderBody & { readonly cancellable: boolean } {
  const customerId = `customer-${number % 50}`;
  const kind = number % 20;
  if (kind === 7) return { customerId, lines: [{ sku: SCARCE, quantity: 2 }], cancellable: false };
  if (kind === 13) return { customerId, lines: [{ sku: UNKNOWN, quantity: 1 }], cancellable: false };
  const lines = Array.from({ length: 1 + (number % 3) }, (_, index) => {
    const sku = ample(number * 7 + index);
    return { sku, quantity: 1 + ((number + index) % 4), seenUnitPriceMinor: priceMinor(sku) };
  });
  return { customerId, lines, cancellable: true };
}
