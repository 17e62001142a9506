import { ClusterShop } from './testing/cluster-shop.js';
import { eventuallyOnCluster } from './testing/eventually-on-cluster.js';
import { NAMESPACE, RELEASE, settings } from './testing/settings.js';
import { down } from './up/down.js';

const KINDS = 'all,configmaps,secrets,serviceaccounts,persistentvolumeclaims,networkpolicies,poddisruptionbudgets';
/** Kubernetes' own in every namespace. */
const NOT_OURS = ['configmap/kube-root-ca.crt', 'serviceaccount/default'];

const GONE_MS = 90_000;

describe('An uninstallation', () => {
  it('leaves only what holds data and the keys to it, and `cluster down` takes that, too', async () => {
    const { kubectl, helm } = await ClusterShop.connect();
    await helm.uninstall();
    const kept = ['kafka', 'objects', 'postgres'].map((server) => `persistentvolumeclaim/data-${RELEASE}-${server}-0`);
    const keys = ['bundled', 'keys'].map((name) => `secret/${RELEASE}-${name}`);
    // Pods have their time to end.
    await eventuallyOnCluster(async () => {
      const left = (await kubectl.run(['get', KINDS, '--output', 'name'])).trim().split('\n');
      expect(left.filter((name) => !NOT_OURS.includes(name)).toSorted()).toEqual([...kept, ...keys]);
    }, GONE_MS);
    await down({ on: settings.on, namespace: NAMESPACE, release: RELEASE });
    expect((await kubectl.run(['get', 'namespace', NAMESPACE, '--ignore-not-found'])).trim()).toBe('');
  });
});
