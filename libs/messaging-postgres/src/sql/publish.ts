import { PINNED, UNDECLARED } from './pinned.js';

/** What a publisher caches: the version of the topic's subscriptions, and each one's queue and filter. */
const subscriptions = `
CREATE FUNCTION broker.subscriptions(topic_name text)
RETURNS TABLE (version uuid, queue_id integer, filter jsonb) LANGUAGE plpgsql STABLE
${PINNED} AS $$
BEGIN
  RETURN QUERY SELECT t.subscription_version, s.queue_id, s.filter
    FROM broker.topic t LEFT JOIN broker.subscription s ON s.topic_id = t.id WHERE t.name = topic_name;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'topic % is not declared', topic_name USING ERRCODE = '${UNDECLARED}';
  END IF;
END $$;
`;

/**
 * Stores the copies of events for the subscriptions that want them, all or none. False, and nothing stored, when the
 * caller's subscriptions are out of date. Without copies it only checks that.
 */
const publish = `
CREATE FUNCTION broker.publish(topic_name text, version uuid, queue_ids integer[], positions integer[],
  group_keys text[], envelopes text[], delays_ms integer[], deduplication_ids text[]) RETURNS boolean LANGUAGE plpgsql
${PINNED} AS $$
BEGIN
  PERFORM FROM broker.topic t WHERE t.name = topic_name AND t.subscription_version = version;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  IF cardinality(queue_ids) > 0 THEN
    PERFORM broker.append(queue_ids, positions, group_keys, envelopes, delays_ms, deduplication_ids);
  END IF;
  RETURN true;
END $$;
`;

export const publishing = subscriptions + publish;
