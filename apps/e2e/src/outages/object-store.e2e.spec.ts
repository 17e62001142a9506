import { ShopOnSmallDisk, whyNoSmallDisk } from '../support/disk.js';
import {
  expectNoOrderToWait,
  expectNothingLost,
  expectOnlyTheseToFail,
  expectRefusalsToSayWhen,
} from '../support/expectations.js';
import { endure, type Outage, type OutageReport } from '../support/outage.js';
import { TestShop } from '../support/test-shop.js';
import { until } from '../support/until.js';

const A_WHILE_MS = 4_000;

const reason = whyNoSmallDisk();
/** Only a file system that really is full or read-only says so; where none can be mounted, that is why these do not run. */
const whereItCanBeMounted = reason === undefined ? describe : describe.skip;

whereItCanBeMounted(`While the object store's folder takes nothing${reason ? ` (not run: ${reason})` : ''}`, () => {
  let disk: ShopOnSmallDisk;
  let shop: TestShop | undefined;

  beforeAll(async () => {
    disk = new ShopOnSmallDisk();
    shop = await TestShop.open({ dataDirectory: disk.dataDirectory });
  });
  afterAll(async () => {
    try {
      await shop?.close();
    } finally {
      disk.remove();
    }
  });

  it('because it is read-only: files are refused with 503, all else goes on, and so do files when it may be written to', async () => {
    const report = await endureWithFiles(shop!, { begin: () => disk.makeReadOnly(), end: () => disk.makeWritable() });
    const files = ['send stock file', 'put upload'] as const;
    expect(files.map((call) => report.meanwhile.of(call).statuses)).toEqual([[503], [503]]);
    await expectOnlyFilesToBeRefused(shop!, report);
  });

  it('because it is full: the same, until there is room', async () => {
    const report = await endureWithFiles(shop!, { begin: () => disk.fill(), end: () => disk.makeRoom() });
    await expectOnlyFilesToBeRefused(shop!, report);
  });
});

/** Files that were accepted just before are imported all the same. */
async function endureWithFiles(shop: TestShop, { begin, end }: Outage): Promise<OutageReport> {
  let fileId = '';
  return endure(shop, {
    begin: async () => {
      const { status, body } = await shop.client.sendStockFile('store,item,count\nLeeds,accepted before,7\n');
      expect(status).toBe(202);
      fileId = body.id;
      await begin();
    },
    lastsMs: A_WHILE_MS,
    meanwhile: () => untilImported(shop, fileId),
    ...(end && { end }),
  });
}

async function expectOnlyFilesToBeRefused(shop: TestShop, report: OutageReport): Promise<void> {
  expectOnlyTheseToFail(report, { 'send stock file': [503], 'put upload': [503] });
  expectRefusalsToSayWhen(report.during);
  expectNoOrderToWait(report);
  for (const id of shop.ledger.stockFileIds) await untilImported(shop, id);
  await expectNothingLost(shop);
}

async function untilImported(shop: TestShop, id: string): Promise<void> {
  await until(`stock file ${id} is imported`, async () => {
    const { status, body } = await shop.client.readStockFile(id);
    expect({ status, failed: body.state === 'failed' }).toEqual({ status: 200, failed: false });
    return body.state === 'imported';
  });
}
