export * from './catch-up.js';
export * from './memory-ranking.js';
export * from './ranking.js';
