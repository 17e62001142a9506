/** Moves messages to the dead letters, each with its error. */
const bury = `
CREATE FUNCTION broker.bury(target integer, buried bigint[], errors text[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  WITH removed AS (
    DELETE FROM broker.message m WHERE m.queue_id = target AND m.seq = ANY (buried) AND m.parked_until IS NULL
    RETURNING m.seq, m.sent_at, m.receive_count, m.group_key, m.envelope
  )
  INSERT INTO broker.dead_letter (queue_id, seq, sent_at, dead_lettered_at, attempts, group_key, error, envelope)
    SELECT target, r.seq, r.sent_at, clock_timestamp(), r.receive_count, r.group_key,
      errors[array_position(buried, r.seq)], r.envelope
    FROM removed r;
END $$;
`;

/**
 * Takes back the batches whose time is over. Those that were not released count as deliveries that ended with the death
 * of the consumer; a message that had its last one is dead-lettered here, because nobody else is left to do it.
 */
const reclaim = `
CREATE FUNCTION broker.reclaim(q broker.queue) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  lost bigint[];
  spent bigint[];
BEGIN
  WITH expired AS (
    DELETE FROM broker.in_flight f WHERE f.queue_id = q.id AND f.hidden_until <= clock_timestamp()
    RETURNING f.seqs, f.released
  )
  SELECT array_agg(s.seq) INTO lost FROM expired e, unnest(e.seqs) AS s (seq) WHERE NOT e.released;
  IF lost IS NULL THEN
    RETURN;
  END IF;
  WITH counted AS (
    UPDATE broker.message m SET receive_count = m.receive_count + 1, lost_count = m.lost_count + 1
    WHERE m.queue_id = q.id AND m.seq = ANY (lost) AND m.parked_until IS NULL
    RETURNING m.seq, m.receive_count
  )
  SELECT array_agg(c.seq) INTO spent FROM counted c WHERE c.receive_count >= q.max_receive_count;
  IF spent IS NOT NULL THEN
    PERFORM broker.bury(q.id, spent, array_fill(
      'MESSAGE.RECEIVED_TOO_OFTEN: its consumer died or was too slow each time'::text, ARRAY[cardinality(spent)]));
  END IF;
END $$;
`;

/** Makes parked messages ready that are due; a bounded number at a time. */
const unpark = `
CREATE FUNCTION broker.unpark(target integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  -- Not in the condition itself: the index is of no use for a value that changes from row to row.
  reached timestamptz := clock_timestamp();
  lowest bigint;
BEGIN
  WITH unparked AS (
    UPDATE broker.message SET parked_until = NULL WHERE ctid = ANY (ARRAY(
      SELECT m.ctid FROM broker.message m WHERE m.queue_id = target AND m.parked_until <= reached
      ORDER BY m.parked_until, m.seq LIMIT 1000))
    RETURNING seq
  )
  SELECT min(u.seq) INTO lowest FROM unparked u;
  IF lowest IS NOT NULL THEN
    PERFORM broker.scan_from(target, lowest);
  END IF;
END $$;
`;

export const takingBack = [bury, reclaim, unpark].join('');
