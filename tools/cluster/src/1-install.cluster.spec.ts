import { setTimeout as sleep } from 'node:timers/promises';
import { ClusterShop } from './testing/cluster-shop.js';
import { intrude } from './testing/intruder.js';
import { NAMESPACE, RELEASE, SERVICES, settings, VALUES_FILES } from './testing/settings.js';
import { up, type Installed } from './up/up.js';

const INSTALL_MS = 120_000;
const AT_REST_BYTES = 2.5 * 1024 ** 3;
/** Metrics are of the last quarter of a minute. */
const REST_MS = 15_000;

const LOOK_AROUND = `
  import fs from 'node:fs';
  const tryToWrite = () => { try { fs.writeFileSync('/shop/x', ''); return 'written'; } catch (error) { return error.code; } };
  console.log(JSON.stringify({
    uid: process.getuid(),
    hasToken: fs.existsSync('/var/run/secrets/kubernetes.io/serviceaccount/token'),
    write: tryToWrite(),
    capabilities: /CapEff:\\s*(\\w+)/.exec(fs.readFileSync('/proc/self/status', 'utf8'))[1],
  }));`;

describe('An installation', () => {
  let installed: Installed;
  let shop: ClusterShop;

  beforeAll(async () => {
    installed = await up(
      { on: settings.on, namespace: NAMESPACE, release: RELEASE, image: settings.image, values: VALUES_FILES },
      (text) => console.log(text),
    );
    shop = await ClusterShop.connect();
  }, 600_000);

  it('confirms the first order within two minutes', () => {
    console.log(`first order confirmed after ${(installed.installMs / 1000).toFixed(1)} s`);
    expect(installed.installMs).toBeLessThanOrEqual(INSTALL_MS);
  });

  it('passes the test that comes with the chart', async () => {
    const told = await shop.helm.test(); // resolves also when the release has none
    expect(told).toMatch(/^Phase: +Succeeded$/m);
    expect(told).toMatch(/order \S+ was accepted, and settled/);
  });

  it('runs every service without root, without a token of the API, on a file system that it cannot write', async () => {
    const seen = await Promise.all(
      SERVICES.map(async (service) => {
        const [pod] = await shop.pods(service);
        return JSON.parse(await shop.evaluate(pod!, LOOK_AROUND)) as unknown;
      }),
    );
    const confined = { uid: 10001, hasToken: false, write: 'EROFS', capabilities: '0000000000000000' };
    expect(seen).toEqual(SERVICES.map(() => confined));
  });

  it('takes no more than 2.5 GiB at rest', async () => {
    await sleep(REST_MS);
    const bytes = await shop.memoryBytes();
    console.log(`at rest: ${Math.round(bytes / 1024 ** 2)} MiB`);
    expect(bytes).toBeGreaterThan(0);
    expect(bytes).toBeLessThanOrEqual(AT_REST_BYTES);
  });

  const policies = settings.networkPolicies ? describe : describe.skip;
  policies('on a cluster that enforces network policies', () => {
    const servers = ['postgres:5432', 'redis:6379', 'kafka:9092', 'objects:7070'];
    const services = ['orders:3000', 'inventory:3000', 'sessions:3000', 'notifier:3000'];

    it('lets a pod of others reach nothing of it', async () => {
      const reached = await intrude(shop, [...servers, ...services]);
      expect(reached).toEqual(Object.fromEntries([...servers, ...services].map((address) => [address, false])));
    });

    it('lets the web tier reach the services, and no database', async () => {
      const [web] = await shop.pods('web');
      expect(await shop.reaches(web!, [...services, 'postgres:5432'])).toEqual({
        ...Object.fromEntries(services.map((address) => [address, true])),
        'postgres:5432': false,
      });
    });
  });
});
