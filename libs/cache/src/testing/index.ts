export { failingCache, hangs, rejects } from './failing-cache.js';
export { override } from './override.js';
