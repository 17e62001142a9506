import { administering } from './sql/administer.js';
import { checkingQueues } from './sql/check-queues.js';
import { declaring } from './sql/declare.js';
import { publishing } from './sql/publish.js';
import { receiving } from './sql/receive.js';
import { scanning } from './sql/scan.js';
import { sending } from './sql/send.js';
import { settling } from './sql/settle.js';
import { tables } from './sql/tables.js';
import { takingBack } from './sql/take-back.js';

export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
}

/** In order; each runs once in a database. */
export const MIGRATIONS: readonly Migration[] = [
  { version: 1, name: 'tables', sql: tables },
  {
    version: 2,
    name: 'functions',
    sql: [sending, publishing, scanning, takingBack, receiving, settling, administering].join(''),
  },
  { version: 3, name: 'declare tells whether to wait', sql: declaring },
  { version: 4, name: 'readiness asks for queues', sql: checkingQueues },
];

/** What a service may call. Everything else in the schema is for the owner: the tables, and `declare`. */
export const SERVICE_FUNCTIONS: readonly string[] = [
  'send',
  'send_with_options',
  'subscriptions',
  'publish',
  'receive',
  'settle_and_receive',
  'settle',
  'release',
  'extend',
  'leave',
  'stats',
  'dead_letters',
  'redrive',
  'tidy',
  'check_queues',
];
