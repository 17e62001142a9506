import { runConsumerProgram } from '@looseleaf/messaging/conformance/consumer-program';
import { createKafkaBroker } from '../kafka-broker.js';

/** The consumer that the conformance suite runs as a process of its own, and kills. */
runConsumerProgram(() =>
  createKafkaBroker({ brokers: (process.env['BROKERS'] ?? '').split(','), clientId: 'conformance-consumer' }),
);
