import { postgresUrl } from '@looseleaf/service-kit';
import { z } from 'zod';

/** `host:port`, separated by commas: nodes of the cluster that tell of the others. */
const kafkaBrokers = z
  .string()
  .regex(/^[^\s,:]+:\d{1,5}(,[^\s,:]+:\d{1,5})*$/, 'it must be like kafka-1:9092,kafka-2:9092')
  .transform((text) => text.split(','));

/** Settings of a service that sends or consumes messages: `baseConfigSchema.extend({ … }).and(brokerConfigSchema)`. */
export const brokerConfigSchema = z.discriminatedUnion('BROKER', [
  z.object({
    BROKER: z.literal('postgres'),
    /** Of the broker's database. */
    BROKER_URL: postgresUrl,
  }),
  z.object({ BROKER: z.literal('kafka'), KAFKA_BROKERS: kafkaBrokers }),
]);
export type BrokerConfig = z.infer<typeof brokerConfigSchema>;
