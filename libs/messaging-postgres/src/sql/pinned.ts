/**
 * The attributes of every function that services call: it runs as the owner of the tables, finds nothing but these
 * tables, and keeps the plan that fits a queue. Statistics of a table whose rows live for milliseconds are always out of
 * date; every access has its index, so the planner is told to use it.
 */
export const PINNED = `SECURITY DEFINER
SET search_path = broker, pg_temp
SET enable_seqscan = off
SET enable_bitmapscan = off
SET plan_cache_mode = force_generic_plan
SET jit = off`;

/** First keys of the broker's advisory locks; the second is the queue's id. */
export const LOCK = {
  /** One receiver of a queue at a time: what is taken, and which groups are in flight, is decided by one. */
  receive: 0x4c4c01,
  /** Shared by senders, exclusive for a consumer that goes to sleep: see `wake`. */
  wake: 0x4c4c02,
  tidy: 0x4c4c03,
  migrate: 0x4c4c04,
} as const;

/** SQLSTATE of a call that names a queue or topic that nobody declared. */
export const UNDECLARED = 'LL001';
/** The channel of notifications; the payload is the queue's name. */
export const WAKE_CHANNEL = 'looseleaf_broker';
