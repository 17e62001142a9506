import { randomFillSync } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';

const RANDOM_BYTES_PER_ID = 16;
const pool = new Uint8Array(256 * RANDOM_BYTES_PER_ID);
let used = pool.length;

/**
 * A new UUIDv7. The randomness for 256 ids is drawn at once: drawing it costs 1.5 µs however little it is, several times
 * what the rest of an id costs, and an order is a handful of messages.
 */
export function createMessageId(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  return uuidv7({ random: pool.subarray(used, (used += RANDOM_BYTES_PER_ID)) });
}
