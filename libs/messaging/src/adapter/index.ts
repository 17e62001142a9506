/*
 * What adapters of the ports have in common, whatever they are made of: to be imported as `@looseleaf/messaging/adapter`.
 */
export { backOffMs } from './back-off.js';
export { BatchingSender, type BatchingSenderOptions, type Sized } from './batching-sender.js';
export { SILENT, type BrokerLogger } from './broker-logger.js';
export { describeError, MAX_ERROR_LENGTH, readableMessage } from './dead-letters.js';
export { encodeEnvelope, type EncodedEnvelope } from './encode-envelope.js';
export { finishWithin } from './finish-within.js';
export { handleBatch, redeliveryDelayMs } from './handle-batch.js';
export { TakeSize } from './take-size.js';
