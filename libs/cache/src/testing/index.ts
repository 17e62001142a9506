export { deferred } from './deferred.js';
export { failingCache, hangs, rejects } from './failing-cache.js';
export { override } from './override.js';
