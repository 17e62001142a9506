export type { Account, AccountInput } from './account/account.js';
export type { SentOrder } from './account/books.js';
export { Ledger, openLedger } from './account/ledger.js';
export type { SettleOptions } from './account/settlement-watch.js';
export type { DatabaseUrls } from './account/shop-databases.js';
export { type Percentiles, percentiles } from './percentiles.js';
export { replay, type ReplayOptions, type ShopAccess } from './replay.js';
export { ReplayError } from './replay.error.js';
export type { ReplayReport } from './report/replay-report.js';
