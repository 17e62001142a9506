import { DeliveryStore } from './delivery-store.js';
import { aConfirmation, rows, TestNotifier, type Replica } from '../testing/test-notifier.js';

describe('The next delivery of a lane', () => {
  let shop: TestNotifier;
  let replica: Replica;
  let store: DeliveryStore;
  let lane: { id: string };
  beforeAll(async () => {
    shop = await TestNotifier.start();
    replica = await shop.replica();
    await replica.stopDelivering();
    store = new DeliveryStore(replica.database);
    await replica.notify.execute([aConfirmation('a@b.example')]);
    [lane] = (await rows(replica, 'SELECT lane AS id FROM deliveries')) as [{ id: string }];
  });
  afterAll(() => shop.stop());

  const set = (values: string): Promise<unknown> => rows(replica, `UPDATE deliveries SET ${values}`);
  const inMs = async (): Promise<number | undefined> => (await store.nextDue([lane]))[0]?.inMs;

  it('is one that waits for its time', async () => {
    await set(`due_at = now() + interval '1 h'`);
    expect(await inMs()).toBeGreaterThan(3_590_000);
  });

  it('is one whose time has come since it was looked for: nobody else would look again', async () => {
    await set(`due_at = now() - interval '1 ms'`);
    expect(await inMs()).toBeLessThan(0);
  });

  it('is none that somebody is about to deliver', async () => {
    await set(`leased_until = now() + interval '1 h'`);
    expect(await inMs()).toBeUndefined();
  });
});
