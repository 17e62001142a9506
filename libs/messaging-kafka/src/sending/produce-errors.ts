import { PartitionError } from '../partition-error.js';

/** A batch that is there already: an answer to an earlier request was lost. */
const DUPLICATE_SEQUENCE_NUMBER = 46;

/** Repeating these changes nothing. */
const FINAL = [
  'MESSAGE_TOO_LARGE',
  'INVALID_TOPIC_EXCEPTION',
  'RECORD_LIST_TOO_LARGE',
  'TOPIC_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'INVALID_TIMESTAMP',
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'INVALID_PRODUCER_EPOCH',
  'UNKNOWN_PRODUCER_ID',
  'INVALID_RECORD',
];

export function isStored(errorCode: number): boolean {
  return errorCode === 0 || errorCode === DUPLICATE_SEQUENCE_NUMBER;
}

/** Of one that a node refused to store: repeating it changes nothing. */
export function isFinalRefusal(error: unknown): boolean {
  return error instanceof PartitionError && FINAL.includes(error.type);
}
