/** Message handlers as methods of Nest's controllers. Apart, so that programs without consumers do not load Nest. */
export * from './handle.decorator.js';
export * from './messaging-transport.js';
