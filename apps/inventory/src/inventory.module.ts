import { INTERNAL_KEY, type OwnerCaching } from '@looseleaf/service-kit';
import { Module, type DynamicModule } from '@nestjs/common';
import type { ObjectStore } from '@looseleaf/object-store';
import type { Database } from '@looseleaf/persistence';
import { ImportStockFileConsumer } from './import-stock-file/import-stock-file.consumer.js';
import { ImportStockFile } from './import-stock-file/import-stock-file.js';
import { CatalogueController } from './read-catalogue/catalogue.controller.js';
import { Catalogue } from './read-catalogue/catalogue.js';
import { StockLevelsController } from './read-stock/stock-levels.controller.js';
import { loadLevels, StockLevels } from './read-stock/stock-levels.js';
import { StockFilesController } from './read-stock-file/stock-files.controller.js';
import { StockFiles } from './read-stock-file/stock-files.js';
import { ReleaseStockConsumer } from './release-stock/release-stock.consumer.js';
import { ReleaseStock } from './release-stock/release-stock.js';
import { ReserveStockConsumer } from './reserve-stock/reserve-stock.consumer.js';
import { ReserveStock } from './reserve-stock/reserve-stock.js';
import { CachedStock } from './stock/cached-stock.js';

/** What the inventory needs from outside; `main.ts` makes it and closes it. */
export interface InventoryModuleOptions {
  readonly database: Database;
  readonly objects: ObjectStore;
  /** The key of the internal HTTP API. */
  readonly internalKey: string;
  /** None: every read of stock goes to the database. */
  readonly caching?: OwnerCaching | undefined;
}

/** The inventory service: its consumers, its internal HTTP API, and a use case behind each. */
@Module({})
export class InventoryModule {
  static create({ database, objects, internalKey, caching }: InventoryModuleOptions): DynamicModule {
    const stock = new CachedStock((sku) => loadLevels(database, sku), caching);
    return {
      module: InventoryModule,
      controllers: [
        ReserveStockConsumer,
        ReleaseStockConsumer,
        ImportStockFileConsumer,
        CatalogueController,
        StockLevelsController,
        StockFilesController,
      ],
      providers: [
        { provide: INTERNAL_KEY, useValue: internalKey },
        { provide: ReserveStock, useValue: new ReserveStock(database, stock) },
        { provide: ReleaseStock, useValue: new ReleaseStock(database, stock) },
        { provide: ImportStockFile, useValue: new ImportStockFile(database, objects, {}, stock) },
        { provide: Catalogue, useValue: new Catalogue(database, stock) },
        { provide: StockLevels, useValue: new StockLevels(database, stock) },
        { provide: StockFiles, useValue: new StockFiles(database) },
      ],
    };
  }
}
