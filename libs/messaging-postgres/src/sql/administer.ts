import { LOCK, PINNED } from './pinned.js';

const stats = `
CREATE FUNCTION broker.stats() RETURNS TABLE (queue text, depth double precision, in_flight double precision,
  oldest_age_ms double precision, dead_lettered double precision) LANGUAGE sql STABLE
${PINNED} AS $$
  SELECT q.name, ready.n + parked.n - flying.n, flying.n,
    coalesce(greatest(0, extract(epoch FROM clock_timestamp() - least(front.sent_at, parked.oldest)) * 1000), 0), dead.n
  FROM broker.queue q
  CROSS JOIN LATERAL (
    SELECT count(*) AS n FROM broker.message m WHERE m.queue_id = q.id AND m.parked_until IS NULL) AS ready
  CROSS JOIN LATERAL (
    SELECT count(*) AS n, min(m.sent_at) AS oldest FROM broker.message m
    WHERE m.queue_id = q.id AND m.parked_until IS NOT NULL) AS parked
  CROSS JOIN LATERAL (
    SELECT coalesce(sum(cardinality(f.seqs)), 0) AS n FROM broker.in_flight f
    WHERE f.queue_id = q.id AND NOT f.released AND f.hidden_until > clock_timestamp()) AS flying
  LEFT JOIN LATERAL (
    SELECT m.sent_at FROM broker.message m WHERE m.queue_id = q.id AND m.parked_until IS NULL
    ORDER BY m.seq LIMIT 1) AS front ON true
  CROSS JOIN LATERAL (SELECT count(*) AS n FROM broker.dead_letter d WHERE d.queue_id = q.id) AS dead
  ORDER BY q.name
$$;
`;

const deadLetters = `
CREATE FUNCTION broker.dead_letters(queue_name text, max_letters integer)
RETURNS TABLE (envelope text, error text, attempts integer, dead_lettered_at_ms double precision)
LANGUAGE plpgsql STABLE
${PINNED} AS $$
DECLARE q broker.queue := broker.queue_named(queue_name);
BEGIN
  RETURN QUERY SELECT d.envelope, d.error, d.attempts, (extract(epoch FROM d.dead_lettered_at) * 1000)::double precision
    FROM broker.dead_letter d WHERE d.queue_id = q.id ORDER BY d.seq LIMIT max_letters;
END $$;
`;

/** Dead letters go back to where they stood, as if never tried; their retention starts anew. */
const redrive = `
CREATE FUNCTION broker.redrive(queue_name text, max_letters integer) RETURNS integer LANGUAGE plpgsql
${PINNED} AS $$
DECLARE
  q broker.queue := broker.queue_named(queue_name);
  moved integer;
BEGIN
  PERFORM pg_advisory_xact_lock(${LOCK.receive}, q.id);
  PERFORM pg_advisory_xact_lock_shared(${LOCK.wake}, q.id);
  PERFORM broker.scan_from(q.id, (SELECT min(d.seq) FROM broker.dead_letter d WHERE d.queue_id = q.id));
  WITH redriven AS (
    DELETE FROM broker.dead_letter d WHERE d.queue_id = q.id AND d.seq = ANY (ARRAY(
      SELECT o.seq FROM broker.dead_letter o WHERE o.queue_id = q.id ORDER BY o.seq LIMIT max_letters FOR UPDATE SKIP LOCKED))
    RETURNING d.seq, d.group_key, d.envelope
  )
  INSERT INTO broker.message (seq, queue_id, sent_at, group_key, envelope) OVERRIDING SYSTEM VALUE
    SELECT r.seq, q.id, clock_timestamp(), r.group_key, r.envelope FROM redriven r;
  GET DIAGNOSTICS moved = ROW_COUNT;
  PERFORM broker.wake(ARRAY[q.id]);
  RETURN moved;
END $$;
`;

/**
 * Clean-up, run now and then by any consumer; one at a time, and nobody waits for it. Looks at the oldest messages of
 * each queue only: when all of them had expired, the next run finds the next.
 */
const tidy = `
CREATE FUNCTION broker.tidy() RETURNS void LANGUAGE plpgsql
${PINNED} AS $$
DECLARE
  started_at timestamptz := clock_timestamp();
  q broker.queue;
  expired bigint[];
BEGIN
  PERFORM set_config('synchronous_commit', 'off', true);
  IF NOT pg_try_advisory_xact_lock(${LOCK.tidy}, 0) THEN
    RETURN;
  END IF;
  FOR q IN SELECT * FROM broker.queue LOOP
    CONTINUE WHEN NOT pg_try_advisory_xact_lock(${LOCK.receive}, q.id);
    SELECT array_agg(m.seq) INTO expired FROM (
      SELECT r.seq, r.sent_at FROM broker.message r WHERE r.queue_id = q.id AND r.parked_until IS NULL
      ORDER BY r.seq LIMIT 5000
    ) AS m
    WHERE m.sent_at < started_at - q.retention_ms * interval '1 millisecond'
      AND m.seq NOT IN (SELECT unnest(f.seqs) FROM broker.in_flight f WHERE f.queue_id = q.id);
    IF expired IS NOT NULL THEN
      PERFORM broker.bury(q.id, expired, array_fill(
        'MESSAGE.EXPIRED: older than the retention of its queue'::text, ARRAY[cardinality(expired)]));
    END IF;
  END LOOP;
  DELETE FROM broker.deduplication WHERE ctid = ANY (ARRAY(
    SELECT d.ctid FROM broker.deduplication d WHERE d.expires_at <= started_at ORDER BY d.expires_at LIMIT 50000
    FOR UPDATE SKIP LOCKED));
  DELETE FROM broker.dead_letter WHERE ctid = ANY (ARRAY(
    SELECT d.ctid FROM broker.dead_letter d WHERE d.dead_lettered_at <= started_at - interval '14 days'
    ORDER BY d.dead_lettered_at LIMIT 10000 FOR UPDATE SKIP LOCKED));
END $$;
`;

export const administering = [stats, deadLetters, redrive, tidy].join('');
