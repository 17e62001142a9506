export * from './best-sellers.js';
export type { Contract } from './define.js';
export * from './inventory.js';
export * from './orders.js';
export * from './topology.js';
