import pg from 'pg';
import { expectNothingLost } from './support/expectations.js';
import { TestShop } from './support/test-shop.js';

let shop: TestShop;

beforeAll(async () => {
  shop = await TestShop.open({ patienceMs: 2_000 });
  const load = shop.startLoad();
  await load.more(50);
  await load.stop();
});
afterAll(() => shop.close());

/** Does something to a database, looks whether it is noticed, and undoes it. */
async function expectToNotice(database: 'orders' | 'inventory' | 'broker', harm: string, undo: string): Promise<void> {
  const client = new pg.Client({ connectionString: shop.running.databaseUrl(database) });
  await client.connect();
  try {
    await client.query(harm);
    await expect(expectNothingLost(shop)).rejects.toThrow();
    await client.query(undo);
  } finally {
    await client.end();
  }
  await expectNothingLost(shop);
}

describe('The check that every test of an outage ends with', () => {
  it('is content with a shop that nobody tampered with', () => expectNothingLost(shop));

  it('notices an order that is gone', () =>
    expectToNotice(
      'orders',
      `create table hidden as select * from orders where state = 'confirmed' limit 1; delete from orders where id in (select id from hidden)`,
      'insert into orders select * from hidden; drop table hidden',
    ));

  it('notices an order that is there twice', () =>
    expectToNotice(
      'orders',
      `create table twin as select * from orders where state = 'rejected' limit 1;
       update twin set id = gen_random_uuid(); insert into orders select * from twin`,
      'delete from orders where id in (select id from twin); drop table twin',
    ));

  it('notices a unit of stock that nobody ordered', () =>
    expectToNotice(
      'inventory',
      `update stock set count = count - 1 where sku = 'ample-1' and store = 'Berlin'`,
      `update stock set count = count + 1 where sku = 'ample-1' and store = 'Berlin'`,
    ));

  it('notices an order that is cancelled and still holds its stock', () =>
    expectToNotice(
      'inventory',
      `create table held as select order_id from reservation where state = 'released' limit 1;
       update reservation set state = 'reserved', released_at = null where order_id in (select order_id from held)`,
      `update reservation set state = 'released', released_at = now() where order_id in (select order_id from held);
       drop table held`,
    ));
});
