export * from './file-object-store.js';
export * from './object-store.js';
