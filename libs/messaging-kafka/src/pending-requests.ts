import { createRequire } from 'node:module';

/** The requests of one connection of kafkajs. */
interface RequestQueue {
  /** Those that a quota of the cluster holds back. */
  readonly pending: readonly unknown[];
  scheduleCheckPendingRequests(): void;
}

/**
 * In kafkajs 2.2.4, each connection looks a thousand times a second whether a request is held back: two thirds of what idle
 * consumers cost (https://github.com/tulios/kafkajs/issues/1556). With this it looks while one is.
 */
const { prototype } = createRequire(import.meta.url)('kafkajs/src/network/requestQueue/index.js') as {
  prototype: RequestQueue;
};
const schedule = prototype.scheduleCheckPendingRequests;
prototype.scheduleCheckPendingRequests = function () {
  if (this.pending.length > 0) schedule.call(this);
};
