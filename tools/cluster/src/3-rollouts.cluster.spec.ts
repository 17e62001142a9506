import { ClusterError } from './cluster.error.js';
import { ClusterShop } from './testing/cluster-shop.js';
import { SERVICES, settings } from './testing/settings.js';
import { shareOfTrack } from './testing/share-of-track.js';
import { expectNothingNoticed } from './testing/under-load.js';

const FAILS_AFTER = '10s';

describe('Customers do not notice', () => {
  let shop: ClusterShop;

  beforeAll(async () => {
    shop = await ClusterShop.connect();
  });

  it('that every service is upgraded, and rolled back', async () => {
    const before = await shop.tagsOf(SERVICES);
    await expectNothingNoticed(shop, async () => {
      await shop.upgradeTo(settings.nextTag);
      expect(await shop.tagsOf(SERVICES)).toEqual([settings.nextTag]);
      await shop.helm.rollback();
      expect(await shop.tagsOf(SERVICES)).toEqual(before);
    });
  });

  // The hook with the migrations would fail before; here the services' own pods do.
  it('an upgrade to an image that is not there: the version before goes on', async () => {
    const before = await shop.tagsOf(SERVICES);
    await expectNothingNoticed(shop, async () => {
      const good = await shop.helm.revision();
      await expect(shop.upgradeTo('missing', { timeout: FAILS_AFTER, skipHooks: true })).rejects.toBeInstanceOf(
        ClusterError,
      );
      expect(await shop.tagsOf(SERVICES)).toEqual(before);
      await shop.helm.rollback(good);
    });
  });

  it('a canary that gets a tenth of the requests, and then all of them', async () => {
    // A tenth of the replicas is a tenth of the requests.
    await shop.change('services.web.replicas=10');
    await expectNothingNoticed(shop, async () => {
      await shop.change(
        `tracks.web.canary.tag=${settings.nextTag}`,
        'tracks.web.canary.weight=10',
        'tracks.web.stable.weight=90',
      );
      const share = await shareOfTrack(shop, 'canary');
      expect(share).toBeGreaterThan(0.03);
      expect(share).toBeLessThan(0.2);
      await shop.change('services.web.replicas=2', 'tracks.web.canary.weight=100', 'tracks.web.stable.weight=0');
      expect(await shareOfTrack(shop, 'canary')).toBe(1);
      // The stable track has pods again before the canary goes.
      await shop.change('tracks.web.stable.weight=100');
      await shop.change('tracks.web.canary=null');
    });
  });

  it('a switch from blue to green, and back', async () => {
    await expectNothingNoticed(shop, async () => {
      await shop.change(
        'tracks.web.stable.standby=true',
        'tracks.web.green.weight=0',
        'tracks.web.green.standby=true',
        `tracks.web.green.tag=${settings.nextTag}`,
      );
      expect(await shareOfTrack(shop, 'green')).toBe(0);
      await shop.change('tracks.web.stable.weight=0', 'tracks.web.green.weight=100');
      expect(await shareOfTrack(shop, 'green')).toBe(1);
      await shop.change('tracks.web.stable.weight=100', 'tracks.web.green.weight=0');
      expect(await shareOfTrack(shop, 'green')).toBe(0);
      await shop.change('tracks.web.green=null', 'tracks.web.stable.standby=false');
    });
  });
});
