export { createKafkaBroker, type KafkaBrokerOptions } from './kafka-broker.js';
export type { KafkaSasl, KafkaSecurity, KafkaTls } from './kafka-security.js';
export type { TopicOptions } from './provisioning/topics.js';
