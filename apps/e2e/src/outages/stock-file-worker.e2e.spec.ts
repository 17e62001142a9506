import { compareRejections, compareStock, DirtyStockFile, readRejections, type BadRow } from '@looseleaf/replay';
import { expectAtMostTheseToFail, expectNoOrderToWait, expectNothingLost } from '../support/expectations.js';
import { endure } from '../support/outage.js';
import { kill, serviceProcess } from '../support/processes.js';
import { TestShop } from '../support/test-shop.js';
import { until } from '../support/until.js';
import { WebhookReceiver } from '../support/webhook-receiver.js';

const DEATHS = 10;
/** So many that ten deaths, each some thousand rows after the one before, come before the end. */
const FILE = new DirtyStockFile({ rows: 300_000, badShare: 0.01, seed: 20_110_315 });
/** What a dead consumer held stays hidden for some seconds; to wait longer after each death would show nothing more. */
const RESTART_LIMIT_MS = 500;
const DEADLINE_MS = 600_000;

let shop: TestShop;
let receiver: WebhookReceiver;

beforeAll(async () => {
  receiver = await WebhookReceiver.start('the secret of who refills');
  shop = await TestShop.open({ restartLimitMs: RESTART_LIMIT_MS });
});
afterAll(async () => {
  await receiver.leave();
  await shop.close();
});

describe('When the inventory service is killed ten times in the middle of a stock file,', () => {
  it(
    'each row has its effect once, each sold out item is told once, and orders are taken as ever',
    async () => {
      await subscribeToDepletion();
      const badRows: BadRow[] = [];
      const content = Buffer.concat([...FILE.pieces((row) => badRows.push(row))]);
      const { body: upload } = await shop.client.prepareUpload();
      expect((await shop.client.putUpload(upload, content)).status).toBe(201);

      const dieInMidFile = async (): Promise<void> => {
        // Rows that it committed just before it died are no sign that it works again.
        const { rowsRead = 0 } = await look(upload.id);
        await untilMoreRowsAreRead(upload.id, rowsRead);
        await kill(serviceProcess(shop.running, 'inventory'));
      };
      const report = await endure(shop, {
        begin: dieInMidFile,
        meanwhile: async () => {
          for (let deaths = 1; deaths < DEATHS; deaths++) await dieInMidFile();
        },
      });
      const reads = [502, 503];
      // It is hardly ever there, so the catalogue may become too old to show (30 s).
      expectAtMostTheseToFail(report, { 'read stock': reads, 'read stock file': reads, 'read items': reads });
      expectNoOrderToWait(report);

      await until('the file is imported', async () => (await look(upload.id)).state === 'imported');
      const { rows } = FILE.options;
      expect(await look(upload.id)).toMatchObject({
        rowsRead: rows,
        rowsImported: rows - badRows.length,
        rowsRejected: badRows.length,
      });
      const address = `${shop.running.webUrl}/v1/stock-files/${upload.id}`;
      expect(compareRejections(badRows, await readRejections(address))).toEqual([]);
      const stock = await compareStock(shop.running.databaseUrl('inventory'), FILE);
      expect(stock).toEqual({ rows: rows - badRows.length, faults: [] });
      await expectEachDepletionToldOnce();
      await expectNothingLost(shop);
    },
    DEADLINE_MS,
  );
});

interface Progress {
  readonly state: string;
  readonly rowsRead: number;
}

/** Asked again while the inventory service is away. */
function look(fileId: string): Promise<Progress> {
  return until('the import can be read', async () => {
    const { status, body } = await shop.client.raw({ method: 'GET', path: `/v1/stock-files/${fileId}` });
    return status === 200 && (body as Progress);
  });
}

async function untilMoreRowsAreRead(fileId: string, known: number): Promise<void> {
  await until(`more than ${known} rows are read`, async () => {
    const { state, rowsRead = 0 } = await look(fileId);
    expect(['received', 'importing']).toContain(state);
    return rowsRead > known;
  });
}

async function subscribeToDepletion(): Promise<void> {
  const { operatorKey } = shop.running;
  const { status } = await shop.client.raw({
    method: 'POST',
    path: '/v1/subscriptions',
    headers: { authorization: `Bearer ${operatorKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      events: ['stock.depleted'],
      filter: { sku: [{ prefix: FILE.skuPrefix }] },
      deliver: { webhook: receiver.url, secret: receiver.secret },
    }),
  });
  expect(status).toBe(201);
}

/** An item that is first seen with none of it counts as one that was sold out. */
async function expectEachDepletionToldOnce(): Promise<void> {
  const depleted = Array.from({ length: FILE.options.rows }, (_, index) => FILE.goodFactsOf(index))
    .filter((facts) => facts?.count === 0)
    .map((facts) => `${facts!.store} ${facts!.sku}`);
  const told = (): string[] => receiver.calls.map(({ notice: { data } }) => `${data.store} ${data.sku}`);
  await until('all sold out items are told', () => new Set(told()).size >= depleted.length);
  expect(told().sort()).toEqual(depleted.sort());
}
