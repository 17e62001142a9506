import type { Message, MessageFailure } from '@looseleaf/messaging';
import { uuidArray } from '../binary-arrays.js';
import type { Database } from '../database.js';
import type { Transaction } from '../transaction.js';

const RECORD = `
  INSERT INTO inbox (message_id) SELECT * FROM unnest($1::uuid[])
  ON CONFLICT DO NOTHING RETURNING message_id`;
const FORGET = 'DELETE FROM inbox WHERE message_id = ANY($1::uuid[])';

/**
 * Makes the effect of at-least-once delivery exactly-once: in one transaction, records the messages' ids and does the
 * work for those that were not recorded before. A redelivered message finds its id and is left out.
 *
 * The inbox is the service's: an event must reach it by one subscription only.
 * @param work gets the fresh messages in their order; it is not called when there are none. It returns the messages
 * that failed (their ids are not recorded, the others commit), or throws, and nothing is committed
 * @returns the failures, as a consumer's handler returns them
 * @throws UnavailableError the database is away
 */
export async function consumeOnce<Body>(
  database: Database,
  messages: readonly Message<Body>[],
  work: (fresh: Message<Body>[], tx: Transaction) => Promise<readonly MessageFailure[] | void>,
): Promise<MessageFailure[]> {
  return database.transaction(async (tx) => {
    const fresh = await recordFresh(tx, messages);
    if (fresh.length === 0) return [];
    const failures = (await work(fresh, tx)) ?? [];
    if (failures.length > 0) await tx.query(FORGET, [uuidArray(failures.map(({ messageId }) => messageId))]);
    return [...failures];
  });
}

async function recordFresh<Body>(tx: Transaction, messages: readonly Message<Body>[]): Promise<Message<Body>[]> {
  const rows = await tx.query<{ message_id: string }>(RECORD, [uuidArray(messages.map(({ id }) => id))]);
  const recorded = new Set(rows.map((row) => row.message_id));
  // `delete` answers true once, so a message that stands twice in the batch is taken once.
  return messages.filter(({ id }) => recorded.delete(id));
}
