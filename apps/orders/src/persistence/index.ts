import { messagingMigration, type Migration } from '@looseleaf/persistence';
import { CreateOrders1790000000001 } from './migrations/1790000000001-create-orders.js';
import { CreateSales1790000000002 } from './migrations/1790000000002-create-sales.js';
import { OrderEntity } from './order.entity.js';

/** What the database's tables are mapped to. */
export const entities = [OrderEntity];

/** What brings the database up to date, in order. */
export const migrations: readonly Migration[] = [
  messagingMigration,
  CreateOrders1790000000001,
  CreateSales1790000000002,
];
