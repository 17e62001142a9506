import { LOCK, PINNED } from './pinned.js';

/**
 * Ends a batch: everything is done, except the positions (from 1) that the arrays name. An exception with an error has
 * failed; one without was released. False, and nothing happens, when the batch is no longer the caller's.
 */
const settle = `
CREATE FUNCTION broker.settle(queue_name text, batch_receipt uuid, positions integer[], delays_ms integer[],
  errors text[], permanent boolean[]) RETURNS boolean LANGUAGE plpgsql
${PINNED} AS $$
DECLARE
  q broker.queue := broker.queue_named(queue_name);
  batch bigint[];
  finished bigint[];
BEGIN
  PERFORM set_config('synchronous_commit', 'off', true);
  DELETE FROM broker.in_flight f WHERE f.queue_id = q.id AND f.receipt = batch_receipt RETURNING f.seqs INTO batch;
  IF batch IS NULL THEN
    RETURN false;
  END IF;
  finished := batch;
  IF cardinality(positions) > 0 THEN
    PERFORM broker.settle_exceptions(q, ARRAY(SELECT batch[p.position] FROM unnest(positions) WITH ORDINALITY
      AS p (position, nth) ORDER BY p.nth), delays_ms, errors, permanent);
    finished := ARRAY(SELECT b.seq FROM unnest(batch) WITH ORDINALITY AS b (seq, position)
      WHERE b.position NOT IN (SELECT unnest(positions)));
  END IF;
  DELETE FROM broker.message m WHERE m.queue_id = q.id AND m.seq = ANY (finished) AND m.parked_until IS NULL;
  RETURN true;
END $$;
`;

const settleExceptions = `
CREATE FUNCTION broker.settle_exceptions(q broker.queue, seqs bigint[], delays_ms integer[], errors text[],
  permanent boolean[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  spent bigint[];
  spent_errors text[];
BEGIN
  WITH counted AS (
    UPDATE broker.message m SET lost_count = 0,
      receive_count = m.receive_count + CASE WHEN errors[array_position(seqs, m.seq)] IS NULL THEN 0 ELSE 1 END
    WHERE m.queue_id = q.id AND m.seq = ANY (seqs) AND m.parked_until IS NULL
      AND (m.lost_count > 0 OR errors[array_position(seqs, m.seq)] IS NOT NULL)
    RETURNING m.seq, m.receive_count, array_position(seqs, m.seq) AS i
  )
  SELECT array_agg(c.seq), array_agg(errors[c.i]) INTO spent, spent_errors FROM counted c
    WHERE errors[c.i] IS NOT NULL AND (permanent[c.i] OR c.receive_count >= q.max_receive_count);
  IF spent IS NOT NULL THEN
    PERFORM broker.bury(q.id, spent, spent_errors);
  END IF;
  UPDATE broker.message m
    SET parked_until = clock_timestamp() + delays_ms[array_position(seqs, m.seq)] * interval '1 millisecond'
    WHERE m.queue_id = q.id AND m.seq = ANY (seqs) AND m.parked_until IS NULL
      AND delays_ms[array_position(seqs, m.seq)] > 0;
END $$;
`;

/** Gives a whole batch back, untried: it stays together, hidden for the delay, at the cost of one row. */
const release = `
CREATE FUNCTION broker.release(queue_name text, batch_receipt uuid, delay_ms integer) RETURNS boolean LANGUAGE plpgsql
${PINNED} AS $$
DECLARE q broker.queue := broker.queue_named(queue_name);
BEGIN
  PERFORM set_config('synchronous_commit', 'off', true);
  UPDATE broker.in_flight f
    SET released = true, hidden_until = clock_timestamp() + delay_ms * interval '1 millisecond'
    WHERE f.queue_id = q.id AND f.receipt = batch_receipt;
  RETURN FOUND;
END $$;
`;

/** Keeps a batch hidden while its handler runs. False when it is no longer the caller's. */
const extend = `
CREATE FUNCTION broker.extend(queue_name text, batch_receipt uuid, visibility_ms integer) RETURNS boolean
LANGUAGE plpgsql
${PINNED} AS $$
DECLARE q broker.queue := broker.queue_named(queue_name);
BEGIN
  PERFORM set_config('synchronous_commit', 'off', true);
  UPDATE broker.in_flight f SET hidden_until = clock_timestamp() + visibility_ms * interval '1 millisecond'
    WHERE f.queue_id = q.id AND f.receipt = batch_receipt AND NOT f.released;
  RETURN FOUND;
END $$;
`;

/** A consumer leaves: others that sleep look again, because what held them back, or what is due next, has changed. */
const leave = `
CREATE FUNCTION broker.leave(queue_name text) RETURNS void LANGUAGE plpgsql
${PINNED} AS $$
DECLARE q broker.queue := broker.queue_named(queue_name);
BEGIN
  PERFORM pg_advisory_xact_lock_shared(${LOCK.wake}, q.id);
  PERFORM broker.wake(ARRAY[q.id]);
END $$;
`;

/** Settles one batch and takes the next, in one round trip. */
const settleAndReceive = `
CREATE FUNCTION broker.settle_and_receive(queue_name text, batch_receipt uuid, positions integer[], delays_ms integer[],
  errors text[], permanent boolean[], take_receipt uuid, max_messages integer, visibility_ms integer)
RETURNS TABLE (wait_ms double precision, receive_count integer, sent_at_ms double precision, envelope text)
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM broker.settle(queue_name, batch_receipt, positions, delays_ms, errors, permanent);
  RETURN QUERY SELECT * FROM broker.receive(queue_name, take_receipt, max_messages, visibility_ms);
END $$;
`;

export const settling = [settleExceptions, settle, release, extend, leave, settleAndReceive].join('');
