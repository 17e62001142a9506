export { migrateBroker, type MigrateBrokerOptions } from './migrate-broker.js';
export { createPostgresBroker, type PostgresBrokerOptions } from './postgres-broker.js';
