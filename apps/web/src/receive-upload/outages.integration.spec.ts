import { mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { importStockFile, INVENTORY_IMPORT_QUEUE, type ImportStockFile } from '@looseleaf/contracts';
import { eventually, startTestPostgres, type TestPostgres } from '@looseleaf/infra';
import type { MessageBroker } from '@looseleaf/messaging';
import { answerProblem, startStandIn, type StandIn } from '../testing/stand-in.js';
import {
  OPERATOR_KEY,
  problemOf,
  provisionBroker,
  startWeb,
  takeAll,
  type WebUnderTest,
} from '../testing/web-under-test.js';

const csv = 'store,item,count\nBerlin,PEN-1,12\n';
const authorization = `Bearer ${OPERATOR_KEY}`;

describe('An upload during an outage', () => {
  let postgres: TestPostgres;
  let brokerUrl: string;
  let broker: MessageBroker;
  let inventory: StandIn;
  let parent: string;
  let objectStoreDirectory: string;
  const replicas: WebUnderTest[] = [];

  beforeAll(async () => {
    postgres = await startTestPostgres();
    brokerUrl = await postgres.createDatabase('broker');
    [broker, inventory] = await Promise.all([provisionBroker(brokerUrl), startStandIn()]);
    inventory.behave(answerProblem(404));
  });
  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'looseleaf-uploads-'));
    objectStoreDirectory = join(parent, 'objects');
  });
  afterEach(async () => {
    await Promise.all(replicas.splice(0).map((replica) => replica.stop()));
    await rm(parent, { recursive: true, force: true });
  });
  afterAll(async () => {
    await Promise.all([broker.close(), inventory.disappear()]);
    await postgres.stop();
  });

  const start = async (): Promise<WebUnderTest> => {
    const web = await startWeb({ brokerUrl, inventoryUrl: inventory.url, objectStoreDirectory, sendTimeoutMs: 500 });
    replicas.push(web);
    return web;
  };
  const prepare = async (web: WebUnderTest): Promise<{ id: string; url: string }> => {
    const response = await fetch(`${web.url}/v1/stock-files/uploads`, { method: 'POST', headers: { authorization } });
    return (await response.json()) as { id: string; url: string };
  };
  const put = (url: string): Promise<Response> =>
    fetch(url, { method: 'PUT', headers: { 'content-type': 'text/csv' }, body: csv });
  const show = (web: WebUnderTest, id: string): Promise<Response> => fetch(`${web.url}/v1/stock-files/${id}`);
  const waiting = (): Promise<string[]> => readdir(join(objectStoreDirectory, '.uploaded'));
  const commands = async (count: number): Promise<ImportStockFile[]> =>
    (await takeAll(broker, INVENTORY_IMPORT_QUEUE, count)).map(({ body }) => importStockFile.schema.parse(body));

  it('of the broker is kept, and imported when the broker is back, in the order of arrival', async () => {
    const web = await start();
    const uploads = [await prepare(web), await prepare(web), await prepare(web)];
    await postgres.shutDown();
    const arrivals: string[] = [];
    for (const { url } of [...uploads].reverse()) {
      const response = await put(url);
      expect(response.status).toBe(201);
      arrivals.push(((await response.json()) as { receivedAt: string }).receivedAt);
    }
    expect(await (await show(web, uploads[0]!.id)).json()).toMatchObject({ state: 'received', bytes: csv.length });
    expect(await waiting()).toHaveLength(3);
    await postgres.start();
    await eventually(async () => expect(await waiting()).toEqual([]));
    const ids = [...new Set((await commands(3)).map(({ fileId }) => fileId))];
    expect(ids).toEqual(uploads.map(({ id }) => id).reverse());
    expect(arrivals).toEqual([...new Set(arrivals)].sort());
  });

  it('of the broker and then of the web tier is imported when both are back', async () => {
    const web = await start();
    const { id, url } = await prepare(web);
    await postgres.shutDown();
    expect((await put(url)).status).toBe(201);
    await Promise.all(replicas.splice(0).map((replica) => replica.stop()));
    expect(await waiting()).toHaveLength(1);
    await Promise.all([postgres.start(), start()]);
    await eventually(async () => expect(await waiting()).toEqual([]));
    expect((await commands(1))[0]).toMatchObject({ fileId: id, bytes: csv.length });
  });

  it('of one of two replicas is received by the other, and imported once', async () => {
    const [one, two] = [await start(), await start()];
    const { id, url } = await prepare(one);
    await Promise.all(replicas.splice(0, 1).map((replica) => replica.stop()));
    const { pathname, search } = new URL(url);
    expect((await put(`${two.url}${pathname}${search}`)).status).toBe(201);
    expect(await commands(1)).toMatchObject([{ fileId: id }]);
  });

  it('of the web tier, which is asked to end, is cut off in time and can be made again at another replica', async () => {
    const web = await startWeb({ brokerUrl, objectStoreDirectory, shutdownDeadlineMs: 500 });
    const { url } = await prepare(web);
    const call = request(url, { method: 'PUT', headers: { 'content-type': 'text/csv' } });
    const cutOff = once(call, 'error');
    call.write('store,item');
    const drafts = (): Promise<string[]> => readdir(join(objectStoreDirectory, '.incoming'));
    await eventually(async () => expect(await drafts()).toHaveLength(1));
    await web.stop();
    expect((await cutOff)[0]).toMatchObject({ code: 'ECONNRESET' });
    expect(await drafts()).toEqual([]);
    const other = await start();
    const { pathname, search } = new URL(url);
    expect((await put(`${other.url}${pathname}${search}`)).status).toBe(201);
    expect(await commands(1)).toHaveLength(1);
  });

  it.each([
    ['gone', async (): Promise<void> => undefined],
    ['a file', async (): Promise<void> => writeFile(objectStoreDirectory, 'in the way')],
  ])(
    'of the object store, whose folder is %s, is refused with what to do, and taken afterwards',
    async (_, replace) => {
      const web = await start();
      const { id, url } = await prepare(web);
      await rename(objectStoreDirectory, `${objectStoreDirectory}.away`);
      await replace();
      const direct = (): Promise<Response> =>
        fetch(`${web.url}/v1/stock-files`, {
          method: 'POST',
          headers: { authorization, 'content-type': 'text/csv' },
          body: csv,
        });
      for (const response of [await put(url), await direct(), await show(web, id)]) {
        expect(response.headers.get('retry-after')).toMatch(/^\d+$/);
        const problem = await problemOf(response);
        expect(problem).toMatchObject({ status: 503, code: 'OBJECT_STORE.UNAVAILABLE' });
        expect(problem.detail).toMatch(/the folder of the object store is (gone|not a folder)/);
      }
      await rm(objectStoreDirectory, { force: true });
      await rename(`${objectStoreDirectory}.away`, objectStoreDirectory);
      expect((await put(url)).status).toBe(201);
      expect((await direct()).status).toBe(202);
      expect(await commands(2)).toHaveLength(2);
    },
  );
});
