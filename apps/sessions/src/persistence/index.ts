import type { Migration } from '@looseleaf/persistence';

/** What the database's tables are mapped to. */
export const entities: NewableFunction[] = [];

/** What brings the database up to date, in order. */
export const migrations: readonly Migration[] = [];
