import { PINNED } from './pinned.js';

/** For readiness: an error names the first queue that is not declared. */
export const checkingQueues = `
CREATE FUNCTION broker.check_queues(queue_names text[]) RETURNS void LANGUAGE plpgsql STABLE
${PINNED} AS $$
BEGIN
  PERFORM broker.queue_named(name) FROM unnest(queue_names) AS name;
END $$;
`;
