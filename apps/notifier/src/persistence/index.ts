import { messagingMigration, type Migration } from '@looseleaf/persistence';
import { CreateNotifier1790000000004 } from './migrations/1790000000004-create-notifier.js';
import { LanesOfCustomers1790000000204 } from './migrations/1790000000204-lanes-of-customers.js';
import { WithdrawnCheckouts1790000000104 } from './migrations/1790000000104-withdrawn-checkouts.js';

/** None: every statement here is about many rows at once, or reads a few columns. */
export const entities: NewableFunction[] = [];

/** What brings the database up to date, in order. */
export const migrations: readonly Migration[] = [
  messagingMigration,
  CreateNotifier1790000000004,
  WithdrawnCheckouts1790000000104,
  LanesOfCustomers1790000000204,
];
