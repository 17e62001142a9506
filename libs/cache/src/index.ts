export * from './cache.js';
export * from './circuit.js';
export * from './lazy-loader.js';
export * from './memory-cache.js';
export * from './near-cache.js';
export * from './observer.js';
export * from './reading.js';
export { SingleFlight } from './single-flight.js';
export * from './write-through.js';
