import { LOCK, PINNED } from './pinned.js';

const DEFAULT_MAX_RECEIVE_COUNT = 5;
/** Four days, as in Amazon SQS. */
const DEFAULT_RETENTION_MS = 4 * 24 * 60 * 60 * 1000;

/**
 * Creates or updates what the topology names; removes nothing. True when the caller has to wait before the subscriptions
 * it declared get every event: publishers may still go by what they read before. That is so when subscriptions of a topic
 * have changed lately, whoever changed them, since a caller that repeats a declaration may have died while it waited. Of a
 * topic that did not exist nobody has read anything.
 */
export const declaring = `
ALTER TABLE broker.topic ADD COLUMN subscriptions_changed_at timestamptz;

DROP FUNCTION IF EXISTS broker.declare(jsonb);
CREATE FUNCTION broker.declare(topology jsonb) RETURNS boolean LANGUAGE plpgsql
${PINNED} AS $$
DECLARE created integer[];
BEGIN
  -- One at a time: two that insert the same names in another order would wait for each other.
  PERFORM pg_advisory_xact_lock(${LOCK.migrate}, 1);
  INSERT INTO broker.queue AS q (name, max_receive_count, retention_ms)
    SELECT d.name, coalesce(d."maxReceiveCount", ${DEFAULT_MAX_RECEIVE_COUNT}), coalesce(d."retentionMs", ${DEFAULT_RETENTION_MS})
    FROM jsonb_to_recordset(topology->'queues') AS d (name text, "maxReceiveCount" integer, "retentionMs" bigint)
  ON CONFLICT (name) DO UPDATE
    SET max_receive_count = excluded.max_receive_count, retention_ms = excluded.retention_ms
    WHERE (q.max_receive_count, q.retention_ms) IS DISTINCT FROM (excluded.max_receive_count, excluded.retention_ms);
  INSERT INTO broker.waiting (queue_id) SELECT q.id FROM broker.queue q ON CONFLICT DO NOTHING;
  INSERT INTO broker.scan (queue_id) SELECT q.id FROM broker.queue q ON CONFLICT DO NOTHING;
  WITH inserted AS (
    INSERT INTO broker.topic (name) SELECT jsonb_array_elements_text(topology->'topics') ON CONFLICT DO NOTHING
    RETURNING id
  )
  SELECT coalesce(array_agg(i.id), '{}') INTO created FROM inserted i;
  WITH changed AS (
    INSERT INTO broker.subscription AS s (topic_id, queue_id, filter)
      SELECT t.id, q.id, d.filter
      FROM jsonb_to_recordset(topology->'subscriptions') AS d (topic text, queue text, filter jsonb)
      JOIN broker.topic t ON t.name = d.topic JOIN broker.queue q ON q.name = d.queue
    ON CONFLICT (topic_id, queue_id) DO UPDATE SET filter = excluded.filter
      WHERE s.filter IS DISTINCT FROM excluded.filter
    RETURNING s.topic_id
  )
  UPDATE broker.topic t SET subscription_version = gen_random_uuid(),
      subscriptions_changed_at = CASE WHEN t.id <> ALL (created) THEN clock_timestamp() END
    WHERE t.id IN (SELECT c.topic_id FROM changed c);
  RETURN EXISTS (
    SELECT FROM broker.topic t
    JOIN jsonb_to_recordset(topology->'subscriptions') AS d (topic text) ON t.name = d.topic
    WHERE t.subscriptions_changed_at > clock_timestamp() - interval '1 minute');
END $$;
`;
