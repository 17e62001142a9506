import { eventually } from '@looseleaf/infra';
import { importStockFile, INVENTORY_IMPORT_QUEUE, releaseStock, reserveStock, topology } from '@looseleaf/contracts';
import type { MessageBroker } from '@looseleaf/messaging';
import { MessagingTransport } from '@looseleaf/messaging/nest';
import { createPostgresBroker, migrateBroker } from '@looseleaf/messaging-postgres';
import type { ObjectStore } from '@looseleaf/object-store';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { InventoryModule } from '../inventory.module.js';
import { StockFiles } from '../read-stock-file/stock-files.js';
import { replaceGet, TestInventory } from '../testing/test-inventory.js';

describe('an import that fails time and again', () => {
  let inventory: TestInventory;
  let broker: MessageBroker;
  let app: NestFastifyApplication;
  let attempts = 0;
  let isFaulty = true;

  beforeAll(async () => {
    inventory = await TestInventory.start();
    const url = await inventory.server.createDatabase('broker');
    await migrateBroker(url);
    broker = createPostgresBroker({ url, applicationName: 'test' });
    await broker.declare(topology);
    const module = InventoryModule.create({ database: inventory.database, objects: faulty(), internalKey: 'k' });
    app = await NestFactory.create<NestFastifyApplication>(module, new FastifyAdapter(), { logger: false });
    const contracts = [importStockFile, reserveStock, releaseStock];
    app.connectMicroservice({
      strategy: new MessagingTransport({ broker, topology, contracts, policy: { backoff: { baseMs: 1 } } }),
    });
    await app.startAllMicroservices();
  });
  afterAll(async () => {
    await app.close();
    await broker.close();
    await inventory.stop();
  });

  const faulty = (): ObjectStore =>
    replaceGet(inventory.objects, async (key, options) => {
      attempts += 1;
      if (isFaulty) throw new TypeError('a fault of the importer');
      return inventory.objects.get(key, options);
    });
  const deadLettered = async (): Promise<number> =>
    (await broker.administration.stats()).find(({ queue }) => queue === INVENTORY_IMPORT_QUEUE)!.deadLettered;

  it('is given up with the reason as its message becomes a dead letter, and taken up again when that is redriven', async () => {
    const command = await inventory.upload('store,item,count\nBerlin,card,5\n');
    const view = () => new StockFiles(inventory.database).find(command.body.fileId);
    await broker.queue(INVENTORY_IMPORT_QUEUE).send([command]);
    await eventually(async () => expect(await deadLettered()).toBe(1));
    expect(attempts).toBe(3);
    expect(await view()).toMatchObject({ state: 'failed', failure: 'the import failed: a fault of the importer' });

    isFaulty = false;
    await broker.administration.redrive(INVENTORY_IMPORT_QUEUE);
    await eventually(async () => expect(await view()).toMatchObject({ state: 'imported', rowsImported: 1 }));
    expect(await view()).not.toHaveProperty('failure');
    expect(await deadLettered()).toBe(0);
  });
});
