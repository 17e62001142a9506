import { postgresUrl } from '@looseleaf/service-kit/program';
import { z } from 'zod';
import { kafkaConfigSchema } from './kafka-config.js';

/** Settings of a service that sends or consumes messages: `baseConfigSchema.extend({ … }).and(brokerConfigSchema)`. */
export const brokerConfigSchema = z.discriminatedUnion('BROKER', [
  z.object({
    BROKER: z.literal('postgres'),
    /** Of the broker's database. */
    BROKER_URL: postgresUrl,
  }),
  kafkaConfigSchema,
]);
export type BrokerConfig = z.infer<typeof brokerConfigSchema>;

const count = z.coerce.number().int().min(1).optional();

/** Settings of whoever creates queues and topics; those of PostgreSQL need none. */
export const topicsConfigSchema = z.object({
  /** How many consumers of a queue can work at the same time. Only ever added to. */
  KAFKA_PARTITIONS: count,
  /** Copies of each message. Default: the cluster's own. */
  KAFKA_REPLICATION_FACTOR: count,
  /** Copies that must be written before a message is accepted. Default: the cluster's own. */
  KAFKA_MIN_INSYNC_REPLICAS: count,
});
export type TopicsConfig = z.infer<typeof topicsConfigSchema>;
