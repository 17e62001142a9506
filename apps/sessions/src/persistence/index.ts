import type { Migration } from '@looseleaf/persistence';
import { CreateSessions1790000000002 } from './migrations/1790000000002-create-sessions.js';

/** What the database's tables are mapped to: none, its one table is reached with statements. */
export const entities: NewableFunction[] = [];

/** What brings the database up to date, in order. */
export const migrations: readonly Migration[] = [CreateSessions1790000000002];
