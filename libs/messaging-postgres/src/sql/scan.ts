/**
 * The first message that is not parked. The index still has the entries of all messages that were done since the last
 * vacuum, in front of the first that is not: without a place to start from, every receive would walk over them.
 *
 * Below the first message found now, only a sender that is still at work can have lower numbers. It got its transaction
 * number before them, so it is one of those that this snapshot sees in progress. They are all over when the oldest one in
 * progress is not below this snapshot's xmax; a search from the old start then finds what they left, and what it passes
 * can never hold a message again, except one that comes back: `scan_from`.
 */
const firstReady = `
CREATE FUNCTION broker.first_ready(target integer) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  s broker.scan;
  settled boolean;
  first bigint;
  proven bigint;
BEGIN
  SELECT * INTO s FROM broker.scan c WHERE c.queue_id = target;
  settled := s.next_safe_at <= pg_snapshot_xmin(pg_current_snapshot());
  SELECT m.seq INTO first FROM broker.message m
    WHERE m.queue_id = target AND m.seq >= s.start AND m.parked_until IS NULL ORDER BY m.seq LIMIT 1;
  proven := CASE WHEN settled THEN least(first, s.next_start) ELSE s.start END;
  -- A step worth a write.
  IF first > s.start + 1000 AND (settled OR s.next_start IS NULL) THEN
    UPDATE broker.scan c SET start = proven, next_start = first, next_safe_at = pg_snapshot_xmax(pg_current_snapshot())
      WHERE c.queue_id = target;
  END IF;
  RETURN first;
END $$;
`;

/** Messages from this number on are coming back: the search has to start there at the latest. */
const scanFrom = `
CREATE FUNCTION broker.scan_from(target integer, lowest bigint) RETURNS void LANGUAGE sql AS $$
  UPDATE broker.scan c SET start = least(lowest, c.start), next_start = NULL, next_safe_at = NULL
  WHERE c.queue_id = target AND lowest < greatest(c.start, c.next_start)
$$;
`;

export const scanning = firstReady + scanFrom;
