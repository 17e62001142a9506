import { messagingMigration, type Migration } from '@looseleaf/persistence';
import { ItemEntity } from './item.entity.js';
import { CreateInventory1790000000000 } from './migrations/1790000000000-create-inventory.js';
import { OrderStockFiles1790000000100 } from './migrations/1790000000100-order-stock-files.js';
import { VersionStock1790000000200 } from './migrations/1790000000200-version-stock.js';
import { ReservationEntity } from './reservation.entity.js';
import { StockEntity } from './stock.entity.js';
import { StockFileEntity } from './stock-file.entity.js';
import { StockFileRejectionEntity } from './stock-file-rejection.entity.js';

/** What the database's tables are mapped to. */
export const entities = [ItemEntity, StockEntity, ReservationEntity, StockFileEntity, StockFileRejectionEntity];

/** What brings the database up to date, in order. */
export const migrations: readonly Migration[] = [
  messagingMigration,
  CreateInventory1790000000000,
  OrderStockFiles1790000000100,
  VersionStock1790000000200,
];
