import { z } from 'zod';
import { defineCommand, defineEvent } from './define.js';
import { orderLine, pricedLine, rejectionReason, sku } from './orders.js';

/** Commands about the stock of orders. */
export const INVENTORY_RESERVE_QUEUE = 'inventory.reserve';
/** Commands to load files; apart from the others, which they would hold up. */
export const INVENTORY_IMPORT_QUEUE = 'inventory.import';
/** What becomes of stock and files. */
export const INVENTORY_EVENTS_TOPIC = 'inventory.events';

const orderId = z.uuid();
const store = z.string().min(1).max(128);
const byOrder = (body: { orderId: string }): string => body.orderId;
const byStoreAndItem = (body: { store: string; sku: string }): string => `${body.store}/${body.sku}`;
const byFile = (body: { fileId: string }): string => body.fileId;

/** Reserve all lines or none. */
export const reserveStock = defineCommand(INVENTORY_RESERVE_QUEUE, {
  name: 'stock.reserve',
  version: 1,
  schema: z.object({ orderId, lines: z.array(orderLine).min(1) }),
  groupKey: byOrder,
});
export type ReserveStock = z.infer<typeof reserveStock.schema>;

/** Give back what is reserved for the order; a reservation that comes later is refused. */
export const releaseStock = defineCommand(INVENTORY_RESERVE_QUEUE, {
  name: 'stock.release',
  version: 1,
  schema: z.object({ orderId }),
  groupKey: byOrder,
});
export type ReleaseStock = z.infer<typeof releaseStock.schema>;

/** Load this object, or go on with it. Files apply in the order of `receivedAt`, and at the same time of `fileId`. */
export const importStockFile = defineCommand(INVENTORY_IMPORT_QUEUE, {
  name: 'stock-file.import',
  version: 1,
  schema: z.object({
    fileId: z.uuid(),
    objectKey: z.string(),
    /** Which version of the object; without it the newest. */
    versionId: z.string().optional(),
    bytes: z.int().min(0),
    receivedAt: z.iso.datetime(),
    /** Which part of the work, counted from 0, as the importer divides it; who sends a new file leaves it out. */
    slice: z.int().min(0).optional(),
  }),
  groupKey: byFile,
});
export type ImportStockFile = z.infer<typeof importStockFile.schema>;

/** How many of a line's units come from which store. */
export const allocation = z.object({ store, sku, quantity: z.int().min(1) });
export type Allocation = z.infer<typeof allocation>;

/** All lines are reserved, at these prices; `allocations` says which stores send what. */
export const stockReserved = defineEvent(INVENTORY_EVENTS_TOPIC, {
  name: 'stock.reserved',
  version: 1,
  schema: z.object({ orderId, lines: z.array(pricedLine), allocations: z.array(allocation) }),
  groupKey: byOrder,
});
export type StockReserved = z.infer<typeof stockReserved.schema>;

/** Nothing is reserved; `skus` are the items to blame. */
export const stockRefused = defineEvent(INVENTORY_EVENTS_TOPIC, {
  name: 'stock.refused',
  version: 1,
  schema: z.object({ orderId, reason: rejectionReason, skus: z.array(sku) }),
  groupKey: byOrder,
});
export type StockRefused = z.infer<typeof stockRefused.schema>;

/** What was reserved for the order can be sold again. */
export const stockReleased = defineEvent(INVENTORY_EVENTS_TOPIC, {
  name: 'stock.released',
  version: 1,
  schema: z.object({ orderId, allocations: z.array(allocation) }),
  groupKey: byOrder,
});

/** What can still be sold of an item in a store, after a change; changes of one transaction are told as one. */
export const stockChanged = defineEvent(INVENTORY_EVENTS_TOPIC, {
  name: 'stock.changed',
  version: 1,
  schema: z.object({ store, sku, count: z.int().min(0) }),
  groupKey: byStoreAndItem,
});

/** The count fell to 0; told once for each fall. */
export const stockDepleted = defineEvent(INVENTORY_EVENTS_TOPIC, {
  name: 'stock.depleted',
  version: 1,
  schema: z.object({ store, sku }),
  groupKey: byStoreAndItem,
});

/** The count rose from 0; told once for each rise. */
export const stockReplenished = defineEvent(INVENTORY_EVENTS_TOPIC, {
  name: 'stock.replenished',
  version: 1,
  schema: z.object({ store, sku, count: z.int().min(1) }),
  groupKey: byStoreAndItem,
});

/** A stock file was read to its end. */
export const stockFileImported = defineEvent(INVENTORY_EVENTS_TOPIC, {
  name: 'stock-file.imported',
  version: 1,
  schema: z.object({ fileId: z.uuid(), rowsImported: z.int().min(0), rowsRejected: z.int().min(0) }),
  groupKey: byFile,
});
