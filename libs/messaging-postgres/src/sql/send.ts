import { LOCK, PINNED, UNDECLARED, WAKE_CHANNEL } from './pinned.js';

/**
 * Waking sleeping consumers without a notification for each write: notifying commits wait for each other, and every
 * notification wakes every listening connection of the server.
 *
 * A consumer that found nothing takes the queue's wake lock alone, marks the queue as waited for, looks once more, and
 * sleeps when it commits. A sender holds the same lock shared from before its insert to its commit, and reads the mark
 * after that insert. So either the consumer waits for the sender's commit and then sees its messages, or the sender sees
 * the mark and notifies.
 */
const wake = `
CREATE FUNCTION broker.wake(queue_ids integer[]) RETURNS void LANGUAGE sql AS $$
  WITH sleeping AS (
    SELECT w.queue_id FROM broker.waiting w WHERE w.queue_id = ANY (queue_ids) AND w.waiting ORDER BY w.queue_id FOR UPDATE
  ), woken AS (
    UPDATE broker.waiting w SET waiting = false FROM sleeping s WHERE w.queue_id = s.queue_id RETURNING w.queue_id
  )
  SELECT pg_notify('${WAKE_CHANNEL}', q.name) FROM woken JOIN broker.queue q ON q.id = woken.queue_id
$$;
`;

const queueNamed = `
CREATE FUNCTION broker.queue_named(queue_name text) RETURNS broker.queue LANGUAGE plpgsql STABLE AS $$
DECLARE found_queue broker.queue;
BEGIN
  SELECT * INTO found_queue FROM broker.queue q WHERE q.name = queue_name;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'queue % is not declared', queue_name USING ERRCODE = '${UNDECLARED}';
  END IF;
  RETURN found_queue;
END $$;
`;

/**
 * Stores messages that have neither delay nor deduplication id: the ordinary case, one statement. As in `append`, the
 * transaction gets its number before its messages get theirs; `first_ready` builds on that.
 */
const send = `
CREATE FUNCTION broker.send(queue_name text, group_keys text[], envelopes text[]) RETURNS void LANGUAGE plpgsql
${PINNED} AS $$
DECLARE target integer := (broker.queue_named(queue_name)).id;
BEGIN
  PERFORM pg_advisory_xact_lock_shared(${LOCK.wake}, target), pg_current_xact_id();
  INSERT INTO broker.message (queue_id, sent_at, group_key, envelope)
    SELECT target, clock_timestamp(), m.group_key, m.envelope FROM unnest(group_keys, envelopes) AS m (group_key, envelope);
  PERFORM broker.wake(ARRAY[target]);
END $$;
`;

/**
 * The copies that no deduplication id forbids, in order. The window is the server's five minutes; of equal ids in one call
 * the first counts. An expired row is taken over; ids are taken in their order, so that two calls cannot wait for each other.
 */
const freshCopies = `
CREATE FUNCTION broker.fresh_copies(queue_ids integer[], positions integer[], ids text[])
RETURNS TABLE (queue_id integer, "position" integer, copy bigint) LANGUAGE sql
SET enable_nestloop = off AS $$
  WITH candidate AS MATERIALIZED (
    SELECT c.queue_id, c.position, c.copy, m.id
    FROM unnest(queue_ids, positions) WITH ORDINALITY AS c (queue_id, position, copy)
    JOIN unnest(ids) WITH ORDINALITY AS m (id, position) ON m.position = c.position
  ), claimed AS (
    INSERT INTO broker.deduplication AS d (queue_id, deduplication_id, expires_at)
      SELECT c.queue_id, c.id, clock_timestamp() + interval '5 minutes'
      FROM candidate c WHERE c.id IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (queue_id, deduplication_id) DO UPDATE SET expires_at = excluded.expires_at
      WHERE d.expires_at <= clock_timestamp()
    RETURNING d.queue_id, d.deduplication_id
  ), first_of_id AS (
    SELECT DISTINCT ON (c.queue_id, c.id) c.queue_id, c.position, c.copy
    FROM candidate c JOIN claimed d ON d.queue_id = c.queue_id AND d.deduplication_id = c.id
    ORDER BY c.queue_id, c.id, c.copy
  )
  SELECT c.queue_id, c.position, c.copy FROM candidate c WHERE c.id IS NULL
  UNION ALL SELECT * FROM first_of_id ORDER BY 3
$$;
`;

/**
 * The general form: copy i is message positions[i] (from 1) for queue queue_ids[i]. Keys, envelopes, delays and
 * deduplication ids are per message; the latter two arrays may be null as a whole, and for events usually are.
 */
const append = `
CREATE FUNCTION broker.append(queue_ids integer[], positions integer[], group_keys text[], envelopes text[],
  delays_ms integer[], deduplication_ids text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE written_at timestamptz := clock_timestamp();
BEGIN
  PERFORM pg_current_xact_id();
  PERFORM pg_advisory_xact_lock_shared(${LOCK.wake}, id) FROM (SELECT DISTINCT unnest(queue_ids) AS id ORDER BY 1) AS q;
  IF deduplication_ids IS NOT NULL THEN
    SELECT array_agg(f.queue_id ORDER BY f.copy), array_agg(f.position ORDER BY f.copy) INTO queue_ids, positions
      FROM broker.fresh_copies(queue_ids, positions, deduplication_ids) f;
  END IF;
  INSERT INTO broker.message (queue_id, sent_at, parked_until, group_key, envelope)
    SELECT c.queue_id, written_at, CASE WHEN delays_ms[c.position] > 0
        THEN written_at + delays_ms[c.position] * interval '1 millisecond' END,
      group_keys[c.position], envelopes[c.position]
    FROM unnest(queue_ids, positions) AS c (queue_id, position);
  PERFORM broker.wake(queue_ids);
END $$;
`;

const sendWithOptions = `
CREATE FUNCTION broker.send_with_options(queue_name text, group_keys text[], envelopes text[],
  delays_ms integer[], deduplication_ids text[]) RETURNS void LANGUAGE plpgsql
${PINNED} AS $$
DECLARE
  target integer := (broker.queue_named(queue_name)).id;
  size integer := cardinality(envelopes);
BEGIN
  PERFORM broker.append(array_fill(target, ARRAY[size]), ARRAY(SELECT generate_series(1, size)),
    group_keys, envelopes, delays_ms, deduplication_ids);
END $$;
`;

export const sending = [wake, queueNamed, send, freshCopies, append, sendWithOptions].join('');
