import { runConsumerProgram } from '@looseleaf/messaging/conformance/consumer-program';
import { createPostgresBroker } from '../postgres-broker.js';

/** The consumer that the conformance suite runs as a process of its own, and kills. */
runConsumerProgram(() =>
  createPostgresBroker({ url: process.env['BROKER_URL'] ?? '', applicationName: 'conformance-consumer' }),
);
