/**
 * The broker's tables.
 *
 * A message is written once and deleted once: which messages are in flight is a list in `in_flight`, one row a batch, so
 * taking a batch does not touch its messages. A message that has to wait (delayed, or failed and backed off) is *parked*;
 * parked messages are in indexes of their own, so that a million of them cost the takers of ready ones nothing, and the
 * way of an ordinary message maintains a single index.
 */
export const tables = `
CREATE TABLE broker.queue (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL UNIQUE,
  max_receive_count integer NOT NULL CHECK (max_receive_count > 0),
  retention_ms bigint NOT NULL CHECK (retention_ms > 0)
);

CREATE TABLE broker.topic (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL UNIQUE,
  -- A new one whenever a subscription changes: publishers cache the subscriptions under it.
  subscription_version uuid NOT NULL DEFAULT gen_random_uuid()
);

CREATE TABLE broker.subscription (
  topic_id integer NOT NULL REFERENCES broker.topic,
  queue_id integer NOT NULL REFERENCES broker.queue,
  filter jsonb,
  PRIMARY KEY (topic_id, queue_id)
);

CREATE TABLE broker.message (
  -- The order of delivery. One sequence for all queues, without a cache: a later send has the higher numbers.
  seq bigint GENERATED ALWAYS AS IDENTITY,
  sent_at timestamptz NOT NULL,
  -- Null: ready or in flight.
  parked_until timestamptz,
  queue_id integer NOT NULL,
  -- Deliveries that ended without success.
  receive_count smallint NOT NULL DEFAULT 0,
  -- Those of them, in succession, that ended with the death of the consumer.
  lost_count smallint NOT NULL DEFAULT 0,
  -- Short enough for an index entry.
  group_key text CHECK (octet_length(group_key) <= 1024),
  envelope text NOT NULL
) WITH (
  -- A queue's rows live for milliseconds: vacuum when many died, whatever the size of the table.
  autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0,
  autovacuum_vacuum_insert_threshold = -1, autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 100000
);
CREATE UNIQUE INDEX message_ready ON broker.message (queue_id, seq) WHERE parked_until IS NULL;
CREATE INDEX message_parked ON broker.message (queue_id, parked_until, seq) WHERE parked_until IS NOT NULL;
CREATE INDEX message_parked_group ON broker.message (queue_id, group_key, seq)
  WHERE parked_until IS NOT NULL AND group_key IS NOT NULL;

CREATE TABLE broker.in_flight (
  queue_id integer NOT NULL,
  -- Chosen by the consumer, so that asking again after a lost answer gives the same batch.
  receipt uuid NOT NULL,
  hidden_until timestamptz NOT NULL,
  -- Given back by its consumer: waits for hidden_until, does not count as a delivery.
  released boolean NOT NULL DEFAULT false,
  -- At most 1000, so that the row fits a page as it is.
  seqs bigint[] NOT NULL,
  PRIMARY KEY (queue_id, receipt)
) WITH (
  autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0
);
ALTER TABLE broker.in_flight ALTER COLUMN seqs SET STORAGE PLAIN;

-- Whether a consumer sleeps on the queue and wants a notification.
CREATE TABLE broker.waiting (
  queue_id integer PRIMARY KEY REFERENCES broker.queue,
  waiting boolean NOT NULL DEFAULT false
) WITH (
  fillfactor = 10,
  autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0
);

-- Where the search for ready messages starts: see first_ready.
CREATE TABLE broker.scan (
  queue_id integer PRIMARY KEY REFERENCES broker.queue,
  start bigint NOT NULL DEFAULT 0,
  next_start bigint,
  next_safe_at xid8
) WITH (
  fillfactor = 10,
  autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0
);

CREATE TABLE broker.dead_letter (
  queue_id integer NOT NULL,
  seq bigint NOT NULL,
  sent_at timestamptz NOT NULL,
  dead_lettered_at timestamptz NOT NULL,
  attempts integer NOT NULL,
  group_key text,
  error text NOT NULL,
  envelope text NOT NULL,
  PRIMARY KEY (queue_id, seq)
);
CREATE INDEX dead_letter_age ON broker.dead_letter (dead_lettered_at);

CREATE TABLE broker.deduplication (
  queue_id integer NOT NULL,
  deduplication_id text NOT NULL,
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (queue_id, deduplication_id)
) WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX deduplication_age ON broker.deduplication (expires_at);
`;
