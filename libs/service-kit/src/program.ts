/** What a program needs that serves nothing, such as a migration: without Nest, it starts in half the time. */
export * from './config.js';
export * from './run-main.js';
