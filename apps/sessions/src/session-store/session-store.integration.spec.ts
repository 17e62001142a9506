import { emptyCart, setLine } from '../domain/cart.js';
import { SessionCleaner } from '../forget-sessions/session-cleaner.js';
import { newKey, TestSessions } from '../testing/test-sessions.js';
import type { SessionStore } from './session-store.js';

const EVENTUAL = { atLeast: 0, strong: false };
const STRONG = { atLeast: 0, strong: true };
const SILENT = { info: () => {}, warn: () => {}, error: () => {} };

describe('The session store', () => {
  let stage: TestSessions;

  beforeAll(async () => {
    stage = await TestSessions.start();
  });
  afterAll(() => stage.stop());

  const put = (store: SessionStore, key: string, sku: string, quantity: number, create = false): Promise<unknown> =>
    store.change(key, (session) => setLine(session, { sku, quantity }), { create });
  const quantities = async (store: SessionStore, key: string, options = STRONG): Promise<Record<string, number>> => {
    const { stored } = await store.read(key, options);
    return Object.fromEntries((stored?.session.lines ?? []).map(({ sku, quantity }) => [sku, quantity]));
  };

  it.each(['none', 'lazy', 'write-through'] as const)(
    'shows every change at once with strategy %s',
    async (strategy) => {
      const store = stage.replica({ strategy });
      const key = newKey();
      await put(store, key, 'pen', 1, true);
      for (let quantity = 2; quantity < 6; quantity++) {
        await put(store, key, 'pen', quantity);
        expect(await quantities(store, key, EVENTUAL)).toEqual({ pen: quantity });
      }
      await store.change(key, emptyCart);
      expect(await quantities(store, key, EVENTUAL)).toEqual({});
      const { stored } = await store.read(key, STRONG);
      expect(stored?.session).toEqual({ version: 6, cartVersion: 6, lines: [] });
    },
  );

  it('creates a session only for a key that was made for it', async () => {
    const store = stage.replica();
    const key = newKey();
    await expect(put(store, key, 'pen', 1)).rejects.toMatchObject({ code: 'SESSION.UNKNOWN' });
    expect((await store.read(key, EVENTUAL)).stored).toBeUndefined();
    await put(store, key, 'pen', 1, true);
    await put(store, key, 'pen', 1, true); // the same request, sent again
    expect((await store.read(key, STRONG)).stored?.session.version).toBe(1);
  });

  it('keeps every one of the changes that two replicas make at the same time', async () => {
    const replicas = [stage.replica({ strategy: 'lazy' }), stage.replica({ strategy: 'lazy' })] as const;
    const key = newKey();
    await put(replicas[0], key, 'item-0', 1, true);
    const skus = Array.from({ length: 40 }, (_, index) => `item-${index}`);
    await Promise.all(skus.map((sku, index) => put(replicas[index % 2]!, key, sku, index + 2)));
    const expected = Object.fromEntries(skus.map((sku, index) => [sku, index + 2]));
    for (const replica of replicas) expect(await quantities(replica, key)).toEqual(expected);
    expect((await replicas[0].read(key, STRONG)).stored?.session.version).toBe(41);
  });

  it('never answers with less than the reader has seen, whatever another replica has in its cache', async () => {
    const [one, other] = [stage.replica({ strategy: 'lazy' }), stage.replica({ strategy: 'lazy' })];
    const key = newKey();
    await put(one, key, 'pen', 1, true);
    expect(await quantities(other, key, EVENTUAL)).toEqual({ pen: 1 });
    await put(one, key, 'pen', 2);
    // The bound of an eventual read is the cache's time to live, a minute here.
    expect(await quantities(other, key, EVENTUAL)).toEqual({ pen: 1 });
    expect(await quantities(other, key, { atLeast: 2, strong: false })).toEqual({ pen: 2 });
    const { servedBy } = await other.read(key, { atLeast: 2, strong: false });
    expect(servedBy).toMatch(/^looseleaf-sessions; hit; ttl=\d+$/);
  });

  it('makes a change on what the database has when its cache is behind', async () => {
    const [one, other] = [stage.replica({ strategy: 'lazy' }), stage.replica({ strategy: 'lazy' })];
    const key = newKey();
    await put(one, key, 'pen', 1, true);
    await quantities(other, key, EVENTUAL);
    await put(one, key, 'pen', 2);
    await put(other, key, 'pen', 1); // is what the other's cache has, and not what there is
    expect(await quantities(one, key)).toEqual({ pen: 1 });
  });

  it('forgets a session that nobody uses, and does not bring it back', async () => {
    const store = stage.replica();
    const [used, unused] = [newKey(), newKey()];
    await put(store, used, 'pen', 1, true);
    await put(store, unused, 'pen', 1, true);
    await stage.query(`UPDATE session SET expires_at = now() - interval '1 ms' WHERE key = $1`, [
      Buffer.from(unused, 'base64url'),
    ]);
    const fresh = stage.replica();
    expect((await fresh.read(unused, EVENTUAL)).stored).toBeUndefined();
    expect((await fresh.read(unused, STRONG)).stored).toBeUndefined();
    await expect(put(fresh, unused, 'pen', 2)).rejects.toMatchObject({ code: 'SESSION.UNKNOWN' });
    const cleaner = new SessionCleaner(stage.database, SILENT);
    expect(await cleaner.clean()).toBe(1);
    expect((await fresh.read(used, STRONG)).stored).toBeDefined();
  });

  it('removes expired sessions in batches, and no further one when it is stopped', async () => {
    await stage.query(
      `INSERT INTO session (key, version, cart_version, lines, expires_at)
       SELECT sha256(n::text::bytea), 1, 1, '[]', now() - interval '1 s' FROM generate_series(1, 2500) AS n`,
    );
    const stopped = new SessionCleaner(stage.database, SILENT);
    const cleaning = stopped.clean();
    await stopped.stop();
    expect(await cleaning).toBe(1_000);
    expect(await new SessionCleaner(stage.database, SILENT).clean()).toBe(1_500);
  });

  it('lets a session live on when it is read, and does not write for that each time', async () => {
    const store = stage.replica({ sessionTtlMs: 60_000 });
    const key = newKey();
    const bytes = Buffer.from(key, 'base64url');
    await put(store, key, 'pen', 1, true);
    const state = async (): Promise<{ row: string; leftMs: number }> => {
      const [found] = await stage.query<{ row: string; left: number }>(
        'SELECT ctid::text AS row, extract(epoch FROM expires_at - now())::float8 * 1000 AS left FROM session WHERE key = $1',
        [bytes],
      );
      return { row: found!.row, leftMs: found!.left };
    };
    const before = await state();
    for (let count = 0; count < 5; count++) await store.read(key, EVENTUAL);
    await store.settle();
    expect((await state()).row).toBe(before.row);

    await stage.query(`UPDATE session SET expires_at = now() + interval '30 s' WHERE key = $1`, [bytes]);
    const other = stage.replica({ sessionTtlMs: 60_000 });
    await other.read(key, EVENTUAL);
    await other.settle();
    expect((await state()).leftMs).toBeGreaterThan(55_000);
  });

  it('reads what is cached while the database is away, changes nothing, and goes on when it is back', async () => {
    const store = stage.replica();
    const key = newKey();
    await put(store, key, 'pen', 1, true);
    await stage.server.shutDown();
    expect(await quantities(store, key, EVENTUAL)).toEqual({ pen: 1 });
    await expect(put(store, key, 'pen', 2)).rejects.toMatchObject({ code: 'DEPENDENCY.UNAVAILABLE' });
    await expect(store.read(key, STRONG)).rejects.toMatchObject({ code: 'DEPENDENCY.UNAVAILABLE' });
    await stage.server.start();
    await put(store, key, 'pen', 3);
    expect(await quantities(store, key, EVENTUAL)).toEqual({ pen: 3 });
  });
});
