import { randomBytes } from 'node:crypto';
import type { ShopApi } from './shop-api.js';

const ITEMS = 10;
const UNITS_EACH = 1_000_000;

/** What one load buys: nobody else does, so what is left of it says what was sold. */
export class OwnGoods {
  private constructor(
    readonly customerId: string,
    readonly skus: readonly string[],
  ) {}

  /** Loads them into the shop and waits until they are for sale. */
  static async stock(shop: ShopApi): Promise<OwnGoods> {
    const customerId = `load-${randomBytes(4).toString('hex')}`;
    const skus = Array.from({ length: ITEMS }, (_, index) => `${customerId}-${index}`);
    const rows = skus.map((sku) => `London,${sku},${UNITS_EACH},Item ${sku},100`);
    await shop.loadStock(['store,item,count,name,unitPriceMinor', ...rows, ''].join('\n'));
    return new OwnGoods(customerId, skus);
  }

  get unitsAtFirst(): number {
    return ITEMS * UNITS_EACH;
  }

  order(number: number): { customerId: string; lines: { sku: string; quantity: number }[] } {
    const sku = (offset: number): string => this.skus[(number + offset) % ITEMS]!;
    return {
      customerId: this.customerId,
      lines: [
        { sku: sku(0), quantity: 1 },
        { sku: sku(3), quantity: 2 },
      ],
    };
  }
}
