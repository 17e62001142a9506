import { ClusterShop } from './testing/cluster-shop.js';
import { SERVICES } from './testing/settings.js';
import { expectNothingNoticed } from './testing/under-load.js';

describe('Customers do not notice', () => {
  let shop: ClusterShop;

  beforeAll(async () => {
    shop = await ClusterShop.connect();
  });

  it('that a pod of each service ends, all at the same time', async () => {
    await expectNothingNoticed(shop, async () => {
      const first = await Promise.all(SERVICES.map(async (service) => (await shop.pods(service)).slice(0, 1)));
      await Promise.all(first.flat().map((pod) => shop.deletePod(pod)));
      await Promise.all(SERVICES.map((service, index) => shop.untilReplaced(service, first[index]!)));
    });
  });

  it('that a node is drained, which gets one pod of the web tier at a time', async () => {
    await expectNothingNoticed(shop, async () => {
      const [first, second] = await shop.pods('web');
      expect([await shop.evict(first!), await shop.evict(second!)]).toEqual([true, false]);
      await shop.untilReplaced('web', [first!]);
    });
  });
});
