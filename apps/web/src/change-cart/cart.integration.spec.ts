import { hash } from 'node:crypto';
import { deferred } from '@looseleaf/cache/testing';
import { CartStage, Customer } from '../testing/cart-stage.js';
import { startLossyProxy, type Fate } from '../testing/lossy-proxy.js';
import { INTERNAL_KEY, problemOf, until, type WebUnderTest } from '../testing/web-under-test.js';

describe('A cart', () => {
  let stage: CartStage;
  let web: WebUnderTest;
  let other: WebUnderTest;

  beforeAll(async () => {
    stage = await CartStage.start();
    [web, other] = await Promise.all([stage.replica(), stage.replica()]);
  });
  afterAll(() => stage.stop());

  it('is empty for who has no session, and makes none by being looked at', async () => {
    const customer = new Customer(web);
    const response = await customer.read();
    expect(await response.json()).toEqual({ version: 0, lines: [] });
    expect(response.headers.getSetCookie()).toEqual([]);
    expect((await customer.remove('pen')).status).toBe(200);
    expect((await customer.call('DELETE', '/v1/cart')).status).toBe(200);
    expect(customer.cookie).toBeUndefined();
  });

  it('gets a session with its first line, in a cookie that scripts and other sites do not get', async () => {
    const customer = new Customer(web);
    const response = await customer.call('PUT', '/v1/cart/lines/Tinte%20%2F%20blau', {
      quantity: 2,
      seenUnitPriceMinor: 250,
      other: 1,
    });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      version: 1,
      lines: [{ sku: 'Tinte / blau', quantity: 2, seenUnitPriceMinor: 250 }],
    });
    const [cookie] = response.headers.getSetCookie();
    expect(cookie).toMatch(/^sid=[\w-]{43}\.1; Max-Age=\d+; Path=\/; HttpOnly; SameSite=Lax$/);
    // Behind the web tier the session is known by a hash of its id.
    const [id = ''] = customer.cookie!.split('.');
    const ask = (key: string): Promise<Response> =>
      fetch(`${stage.sessions.url}/internal/sessions/${key}`, { headers: { authorization: `Bearer ${INTERNAL_KEY}` } });
    expect((await ask(id)).status).toBeGreaterThanOrEqual(400);
    expect((await ask(hash('sha256', id, 'base64url'))).status).toBe(200);
    expect((await fetch(`${stage.sessions.url}/internal/sessions/${hash('sha256', id, 'base64url')}`)).status).toBe(
      401,
    );
  });

  it('shows customers their own writes on every replica, and asks nobody for what is near', async () => {
    const customer = new Customer(web);
    for (let quantity = 1; quantity <= 6; quantity++) {
      customer.web = quantity % 2 ? web : other;
      await customer.put('pen', quantity);
      for (const replica of [other, web]) {
        customer.web = replica;
        expect(await customer.quantities()).toEqual({ pen: quantity });
      }
    }
    const response = await customer.read();
    expect(response.headers.get('cache-status')).toMatch(/^looseleaf-web; hit; ttl=\d+$/);
    expect(response.headers.get('cache-control')).toBe('private, no-cache');
  });

  it('shows another device what is near for a while, and what is there when it asks for that', async () => {
    const customer = new Customer(web);
    await customer.put('pen', 1);
    const device = new Customer(other, customer.cookie);
    expect(await device.quantities()).toEqual({ pen: 1 });
    await customer.put('pen', 2);
    expect(await device.quantities()).toEqual({ pen: 1 });
    const strong = await device.read('?consistency=strong');
    expect(strong.headers.get('cache-status')).toBe(
      'looseleaf-sessions; fwd=bypass, looseleaf-web; fwd=bypass; stored',
    );
    expect(await strong.json()).toMatchObject({ lines: [{ quantity: 2 }] });
    expect(await device.quantities()).toEqual({ pen: 2 });
    expect(await problemOf(await device.read('?consistency=weak'))).toMatchObject({ status: 400 });
  });

  it('is revalidated with its entity tag, which no other cart has', async () => {
    const [one, two] = [new Customer(web), new Customer(web)];
    await one.put('pen', 1);
    await two.put('ink', 1);
    const etag = (await one.read()).headers.get('etag')!;
    expect((await one.read('', { 'if-none-match': etag })).status).toBe(304);
    expect((await two.read('', { 'if-none-match': etag })).status).toBe(200);
    await one.put('pen', 2);
    expect((await one.read('', { 'if-none-match': etag })).status).toBe(200);
  });

  it('is changed under If-Match only as long as it is the one that was seen', async () => {
    const customer = new Customer(web);
    const etag = (await customer.put('pen', 1)).headers.get('etag')!;
    const next = (await customer.put('ink', 1, { 'if-match': etag })).headers.get('etag')!;
    expect(await problemOf(await customer.put('cap', 1, { 'if-match': etag }))).toMatchObject({
      status: 412,
      code: 'CART.CHANGED',
    });
    expect((await customer.put('ink', 1, { 'if-match': etag })).status).toBe(200); // the same request, sent again
    expect((await customer.put('cap', 1, { 'if-match': next })).status).toBe(200);
    const stranger = new Customer(web);
    expect((await stranger.put('pen', 1, { 'if-match': next })).status).toBe(412);
    expect(stranger.cookie).toBeUndefined();
    expect((await stranger.put('pen', 1, { 'if-match': '*' })).status).toBe(200);
  });

  it('keeps to the limits of an order', async () => {
    const customer = new Customer(web);
    for (const quantity of [0, 10_001, 1.5, '1']) {
      const response = await customer.call('PUT', '/v1/cart/lines/pen', { quantity });
      expect(await problemOf(response)).toMatchObject({ status: 400, errors: [{ pointer: '/quantity' }] });
    }
    expect((await customer.put('x'.repeat(65), 1)).status).toBe(400);
    expect((await customer.put('a\u0000b', 1)).status).toBe(400);
    await Promise.all([customer.put('item-0', 10_000)]);
    for (let index = 1; index < 100; index++) await customer.put(`item-${index}`, 1);
    expect(await problemOf(await customer.put('item-100', 1))).toMatchObject({ status: 409, code: 'CART.FULL' });
    expect((await customer.put('item-99', 2)).status).toBe(200);
    expect((await customer.cart()).lines).toHaveLength(100);
    expect((await customer.call('DELETE', '/v1/cart')).status).toBe(200);
    expect((await customer.cart()).lines).toEqual([]);
  });

  it('is nobody else’s: an id that this shop did not make is never taken', async () => {
    const chosen = 'A'.repeat(43);
    for (const cookie of [`${chosen}.0`, `${chosen}.5`, 'garbage', `${chosen}`, '', `${'é'.repeat(43)}.1`]) {
      const customer = new Customer(web, cookie);
      expect(await customer.quantities()).toEqual({});
      expect(customer.cookie).toBe(cookie);
      await customer.put('pen', 1);
      expect(customer.cookie).toMatch(/^[\w-]{43}\.1$/);
      expect(customer.cookie).not.toContain(chosen);
    }
  });

  it('is shown whatever version its cookie claims', async () => {
    const customer = new Customer(web);
    await customer.put('pen', 3);
    const [id] = customer.cookie!.split('.');
    for (const version of ['0', '1', '999999999999999']) {
      expect(await new Customer(other, `${id}.${version}`).quantities()).toEqual({ pen: 3 });
    }
  });

  it('cannot be changed by a page of another site', async () => {
    const customer = new Customer(web);
    await customer.put('pen', 1);
    for (const site of ['cross-site', 'same-site']) {
      const headers = { 'sec-fetch-site': site };
      expect(await problemOf(await customer.checkOut(undefined, headers))).toMatchObject({ status: 403 });
      expect((await customer.put('pen', 2, headers)).status).toBe(403);
    }
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    expect((await customer.checkOut(undefined, form)).status).toBe(415);
    expect((await customer.put('pen', 2, { 'sec-fetch-site': 'same-origin' })).status).toBe(200);
  });

  it('is asked for each time without a near cache', async () => {
    const plain = await stage.replica({ cartCache: 'none' });
    const customer = new Customer(plain);
    await customer.put('pen', 1);
    const response = await customer.read();
    expect(response.headers.get('cache-status')).toMatch(/^looseleaf-sessions; hit; ttl=\d+, looseleaf-web; fwd=miss$/);
  });

  it('is asked for once for those who read it at the same time, having seen the same of it', async () => {
    const proxy = await startLossyProxy(stage.sessions.url);
    const plain = await stage.replica({ cartCache: 'none', sessionsUrl: proxy.url });
    const seen: string[] = [];
    const customer = new Customer(plain);
    for (const quantity of [1, 2]) {
      await customer.put('pen', quantity);
      seen.push(customer.cookie!);
    }
    const devices = Array.from({ length: 20 }, () => new Customer(plain, seen[1]));
    const behind = new Customer(plain, seen[0]);
    const mayAnswer = deferred();
    let calls = 0;
    proxy.decide(async (): Promise<Fate> => {
      calls++;
      await mayAnswer.promise;
      return 'pass';
    });
    const shared = devices.map((device) => device.quantities());
    await until(async () => calls === 1);
    const apart = behind.quantities();
    await until(async () => calls > 1);
    mayAnswer.resolve();
    expect(await Promise.all([...shared, apart])).toEqual(Array(21).fill({ pen: 2 }));
    // Some may have come too late.
    expect(calls).toBeLessThan(devices.length);
    await proxy.stop();
  });

  it('is shown from near while the session store is away, and says so; what is not near is a 503', async () => {
    const brief = await stage.replica({ cartFreshMs: 0 });
    const customer = new Customer(brief);
    await customer.put('pen', 1);
    await stage.sessions.kill();
    const response = await customer.read();
    expect(response.status).toBe(200);
    expect(response.headers.get('cache-status')).toMatch(/^looseleaf-web; hit; ttl=-\d+$/);
    expect(await response.json()).toMatchObject({ lines: [{ sku: 'pen', quantity: 1 }] });
    const elsewhere = new Customer(web, customer.cookie);
    for (const refused of [
      await elsewhere.read(),
      await customer.read('?consistency=strong'),
      await customer.put('pen', 2),
      await customer.checkOut(),
    ]) {
      expect(refused.headers.has('retry-after')).toBe(true);
      expect(await problemOf(refused)).toMatchObject({ status: 503, code: 'UPSTREAM.UNREACHABLE' });
    }
    await stage.sessions.comeBack();
    await untilAnswered(elsewhere);
    expect(await elsewhere.quantities()).toEqual({ pen: 1 });
  });

  it('survives the database of the session store', async () => {
    const customer = new Customer(web);
    await customer.put('pen', 1);
    await stage.postgres.shutDown();
    expect((await customer.put('pen', 2)).status).toBe(503);
    await stage.postgres.start();
    await untilAnswered(customer);
    expect((await customer.put('ink', 2)).status).toBe(200);
    expect(await customer.quantities('?consistency=strong')).toMatchObject({ ink: 2 });
  });
});

async function untilAnswered(customer: Customer): Promise<void> {
  await until(async () => (await customer.read('?consistency=strong')).status === 200);
}
