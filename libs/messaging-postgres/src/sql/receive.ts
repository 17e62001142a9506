import { LOCK, PINNED } from './pinned.js';

/**
 * Chooses the next batch, in order of sending. Left out: what is in flight, groups that are in flight, and messages
 * behind a parked one of their group. The last are parked until their front one is due, so that the followers of a
 * failing message are looked at once, and not by every receive.
 *
 * A message whose consumer died twice travels alone: if it is the one that kills, it takes no other along to the dead
 * letters.
 */
const choose = `
CREATE FUNCTION broker.choose(q broker.queue, max_messages integer) RETURNS bigint[] LANGUAGE plpgsql AS $$
DECLARE
  flying bigint[] := ARRAY(SELECT unnest(f.seqs) FROM broker.in_flight f WHERE f.queue_id = q.id);
  first bigint := broker.first_ready(q.id);
  chosen bigint[];
  first_suspect bigint;
  held bigint[];
  held_until timestamptz[];
BEGIN
  FOR round IN 1..10 LOOP
    WITH candidate AS (
      SELECT m.seq, m.lost_count > 0 AND m.lost_count >= least(2, q.max_receive_count - 1) AS suspect,
        -- The front parked message of its group. Whether any is parked at all is asked once, and here: in a statement of
        -- its own it would be of another moment, and a message parked in between would be overtaken.
        CASE WHEN (SELECT EXISTS (
          SELECT FROM broker.message p
          WHERE p.queue_id = q.id AND p.parked_until IS NOT NULL AND p.group_key IS NOT NULL
        )) THEN (
          SELECT p.parked_until FROM broker.message p
          WHERE p.queue_id = q.id AND p.group_key = m.group_key AND p.seq < m.seq AND p.parked_until IS NOT NULL
          ORDER BY p.seq LIMIT 1
        ) END AS behind
      FROM (
        SELECT r.seq, r.group_key, r.lost_count FROM broker.message r
        WHERE r.queue_id = q.id AND r.seq >= first AND r.parked_until IS NULL ORDER BY r.seq LIMIT 20000
      ) AS m
      WHERE m.seq NOT IN (SELECT unnest(flying))
        AND (m.group_key IS NULL OR m.group_key NOT IN (
          SELECT f.group_key FROM broker.message f
          WHERE f.queue_id = q.id AND f.seq = ANY (flying) AND f.parked_until IS NULL AND f.group_key IS NOT NULL))
      ORDER BY m.seq LIMIT max_messages
    )
    SELECT array_agg(c.seq ORDER BY c.seq) FILTER (WHERE c.behind IS NULL),
      min(c.seq) FILTER (WHERE c.behind IS NULL AND c.suspect),
      array_agg(c.seq ORDER BY c.seq) FILTER (WHERE c.behind IS NOT NULL),
      array_agg(c.behind ORDER BY c.seq) FILTER (WHERE c.behind IS NOT NULL)
    INTO chosen, first_suspect, held, held_until FROM candidate c;
    IF held IS NOT NULL THEN
      UPDATE broker.message m SET parked_until = held_until[array_position(held, m.seq)]
        WHERE m.queue_id = q.id AND m.seq = ANY (held) AND m.parked_until IS NULL;
    END IF;
    EXIT WHEN chosen IS NOT NULL OR held IS NULL;
  END LOOP;
  IF first_suspect = chosen[1] THEN
    RETURN chosen[1:1];
  ELSIF first_suspect IS NOT NULL THEN
    RETURN ARRAY(SELECT c.seq FROM unnest(chosen) AS c (seq) WHERE c.seq < first_suspect ORDER BY 1);
  END IF;
  RETURN chosen;
END $$;
`;

/** Milliseconds until a parked message or a batch in flight is due; null when there is neither. */
const nextDue = `
CREATE FUNCTION broker.next_due_ms(target integer) RETURNS double precision LANGUAGE sql AS $$
  SELECT extract(epoch FROM least(
    (SELECT m.parked_until FROM broker.message m WHERE m.queue_id = target AND m.parked_until IS NOT NULL
      ORDER BY m.parked_until LIMIT 1),
    (SELECT min(f.hidden_until) FROM broker.in_flight f WHERE f.queue_id = target)
  ) - clock_timestamp()) * 1000
$$;
`;

/**
 * Takes a batch. Row 0 has the milliseconds until something becomes due, when there was nothing to take; the others are
 * the messages, in order. Calling again with the same receipt gives the same batch again.
 *
 * Its commit does not wait for the disk: what a crash of the server undoes here is a delivery, and the message is then
 * delivered once more, which consumers have to bear anyway.
 */
const receive = `
CREATE FUNCTION broker.receive(queue_name text, take_receipt uuid, max_messages integer, visibility_ms integer)
RETURNS TABLE (wait_ms double precision, receive_count integer, sent_at_ms double precision, envelope text)
LANGUAGE plpgsql
${PINNED} AS $$
DECLARE
  q broker.queue := broker.queue_named(queue_name);
  taken bigint[];
BEGIN
  PERFORM set_config('synchronous_commit', 'off', true);
  PERFORM pg_advisory_xact_lock(${LOCK.receive}, q.id);
  UPDATE broker.in_flight f SET hidden_until = clock_timestamp() + visibility_ms * interval '1 millisecond'
    WHERE f.queue_id = q.id AND f.receipt = take_receipt RETURNING f.seqs INTO taken;
  IF taken IS NULL THEN
    PERFORM broker.reclaim(q);
    PERFORM broker.unpark(q.id);
    taken := broker.choose(q, least(max_messages, 1000));
    IF taken IS NULL THEN
      PERFORM pg_advisory_xact_lock(${LOCK.wake}, q.id);
      UPDATE broker.waiting w SET waiting = true WHERE w.queue_id = q.id AND NOT w.waiting;
      taken := broker.choose(q, least(max_messages, 1000));
    END IF;
    IF taken IS NOT NULL THEN
      INSERT INTO broker.in_flight (queue_id, receipt, hidden_until, seqs)
        VALUES (q.id, take_receipt, clock_timestamp() + visibility_ms * interval '1 millisecond', taken);
    END IF;
  END IF;
  RETURN QUERY SELECT CASE WHEN taken IS NULL THEN broker.next_due_ms(q.id) END, 0, 0::double precision, ''::text;
  RETURN QUERY SELECT NULL::double precision, m.receive_count + 1,
      (extract(epoch FROM m.sent_at) * 1000)::double precision, m.envelope
    FROM broker.message m WHERE m.queue_id = q.id AND m.seq = ANY (taken) AND m.parked_until IS NULL ORDER BY m.seq;
END $$;
`;

export const receiving = [choose, nextDue, receive].join('');
