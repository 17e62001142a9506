import type { ShopClient } from '@looseleaf/replay';
import type { OwnGoods } from '../goods/own-goods.js';

const AT_ONCE = 8;

/** How many units of each of the run's items are gone, by strong reads. */
export async function readTaken(shop: ShopClient, { items, unitsEach }: OwnGoods): Promise<Map<string, number>> {
  const taken = new Map<string, number>();
  const left = [...items];
  const work = async (): Promise<void> => {
    for (let item = left.pop(); item; item = left.pop()) {
      const query = new URLSearchParams({ sku: item.sku, consistency: 'strong' });
      const rows = await shop.list<{ count: number }>(`/v1/stock?${query}`);
      taken.set(item.sku, unitsEach - rows.reduce((sum, { count }) => sum + count, 0));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return taken;
}
