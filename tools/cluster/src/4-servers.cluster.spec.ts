import { ClusterShop } from './testing/cluster-shop.js';
import { underLoad } from './testing/under-load.js';

describe('Orders', () => {
  let shop: ClusterShop;

  beforeAll(async () => {
    shop = await ClusterShop.connect();
  });

  it('are neither lost nor doubled when the pods of Redis, PostgreSQL and the broker end, one after another', async () => {
    await underLoad(shop, async () => {
      for (const server of ['redis', 'postgres', 'kafka']) {
        const pods = await shop.pods(server);
        await Promise.all(pods.map((pod) => shop.deletePod(pod)));
        await shop.untilReplaced(server, pods);
      }
    });
  });
});
