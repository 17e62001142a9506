import { importStockFile, INVENTORY_IMPORT_QUEUE } from '@looseleaf/contracts';
import { eventually, startObjectServer, versitygwProgram, whereAvailable, type S3Server } from '@looseleaf/infra';
import { provisionS3Bucket } from '@looseleaf/object-store/s3';
import { answerProblem } from '../testing/stand-in.js';
import { WebStage } from '../testing/web-stage.js';
import { OPERATOR_KEY, problemOf, takeAll, type WebUnderTest } from '../testing/web-under-test.js';

const csv = 'store,item,count\nBerlin,PEN-1,12\n';
const headers = { authorization: `Bearer ${OPERATOR_KEY}`, 'content-type': 'application/json' };
const describeWithServer = await whereAvailable(describe, versitygwProgram);

interface Prepared {
  readonly id: string;
  readonly url: string;
  readonly headers: Record<string, string>;
}

describeWithServer('A stock file that is uploaded straight to S3', () => {
  let stage: WebStage;
  let server: S3Server;
  let web: WebUnderTest;

  beforeAll(async () => {
    [stage, server] = await Promise.all([WebStage.start(), startObjectServer()]);
    const { endpoint, region, accessKeyId, secretAccessKey } = server;
    const credentials = { accessKeyId, secretAccessKey };
    await provisionS3Bucket({ endpoint, region, bucket: 'stock', credentials, pathStyle: true });
    const inventory = await stage.standIn();
    inventory.behave(answerProblem(404));
    web = await stage.replica({
      inventoryUrl: inventory.url,
      sendTimeoutMs: 500,
      objectStore: {
        OBJECT_STORE: 's3',
        S3_ENDPOINT: endpoint,
        S3_REGION: region,
        S3_BUCKET: 'stock',
        S3_ACCESS_KEY_ID: accessKeyId,
        S3_SECRET_ACCESS_KEY: secretAccessKey,
      },
    });
  });
  afterAll(() => Promise.all([stage.stop(), server.stop()]));

  const ask = (): Promise<Response> =>
    fetch(`${web.url}/v1/stock-files/uploads`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ bytes: csv.length }),
    });
  const prepare = async (): Promise<Prepared> => (await (await ask()).json()) as Prepared;
  const put = (prepared: Prepared): Promise<Response> =>
    fetch(prepared.url, { method: 'PUT', headers: prepared.headers, body: csv });
  const show = async (id: string): Promise<unknown> => (await fetch(`${web.url}/v1/stock-files/${id}`)).json();

  it('is imported once, and never passes the web tier', async () => {
    const prepared = await prepare();
    expect(new URL(prepared.url).origin).toBe(server.endpoint);
    expect(await show(prepared.id)).toMatchObject({ state: 'awaiting-upload' });
    expect((await put(prepared)).status).toBe(200);
    expect((await put(prepared)).status).toBe(412);
    expect(await show(prepared.id)).toMatchObject({ state: 'received', bytes: csv.length });
    const commands = (await takeAll(stage.broker, INVENTORY_IMPORT_QUEUE, 1)).map(({ body }) =>
      importStockFile.schema.parse(body),
    );
    expect(commands).toMatchObject([{ fileId: prepared.id, bytes: csv.length, versionId: expect.any(String) }]);
    expect((await fetch(`${web.url}/v1/uploads/stock-files/${prepared.id}.csv`, { method: 'PUT' })).status).toBe(404);
  });

  it('is imported when the broker is back that was away', async () => {
    const prepared = await prepare();
    await stage.postgres.shutDown();
    expect((await put(prepared)).status).toBe(200);
    await stage.postgres.start();
    const [message] = await takeAll(stage.broker, INVENTORY_IMPORT_QUEUE, 1);
    expect(message?.body).toMatchObject({ fileId: prepared.id });
  });

  it('is not possible while S3 is away, which is said; and possible again when it is back', async () => {
    const prepared = await prepare();
    await server.kill();
    for (const response of [await ask(), await fetch(`${web.url}/v1/stock-files/${prepared.id}`)]) {
      expect(response.headers.get('retry-after')).toMatch(/^\d+$/);
      expect(await problemOf(response)).toMatchObject({ status: 503, code: 'OBJECT_STORE.UNAVAILABLE' });
    }
    await server.start();
    await eventually(async () => expect((await ask()).status).toBe(201));
    expect((await put(prepared)).status).toBe(200);
    const [message] = await takeAll(stage.broker, INVENTORY_IMPORT_QUEUE, 1);
    expect(message?.body).toMatchObject({ fileId: prepared.id });
  });
});
