export { createKafkaBroker, type KafkaBrokerOptions } from './kafka-broker.js';
export type { TopicOptions } from './provisioning/topics.js';
