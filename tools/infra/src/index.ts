export {
  helmProgram,
  helmUnittestProgram,
  kubeconformProgram,
  kubeScoreProgram,
} from './chart-checks/chart-programs.js';
export { checkovProgram } from './chart-checks/checkov-program.js';
export { KUBERNETES_VERSIONS, kubernetesSchemas } from './chart-checks/kubernetes-schemas.js';
export { startAnswerProxy, type AnswerProxy } from './answer-proxy.js';
export { hasOpenssl, makeCertificates, type Certificates } from './certificates.js';
export { InfrastructureError } from './errors.js';
export { eventually } from './eventually.js';
export { fileLockHolder, tryFileLock, type Release } from './file-lock.js';
export { freePort, isPortFree, LOOPBACK } from './free-port.js';
export { k6Program } from './k6/k6-program.js';
export { startKafka, type KafkaCluster, type KafkaOptions } from './kafka/kafka-cluster.js';
export type { SecuredListener } from './kafka/secured-listener.js';
export type { KafkaNode } from './kafka/kafka-node.js';
export type { ProxiedListener } from './kafka/proxied-listener.js';
export { kafkaProgram } from './kafka/kafka-program.js';
export type { KafkaSettings } from './kafka/kafka-settings.js';
export {
  startPostgres,
  type PostgresOptions,
  type PostgresRole,
  type PostgresServer,
} from './postgres/postgres-server.js';
export { DEFAULT_SETTINGS, type PostgresSettings } from './postgres/settings.js';
export { startTestPostgres, type TestPostgres } from './postgres/test-postgres.js';
export { PRIMARY_SETTINGS, startTestReplica, type TestReplica } from './postgres/test-replica.js';
export { identify, isRunning, type ProcessIdentity } from './process-identity.js';
export { obtain, onPath, programCache, type Installer, type Program, type Progress } from './programs/program.js';
export { UNAVAILABLE_VARIABLE, whereAvailable } from './programs/where-available.js';
export { redisProgram } from './redis/redis-program.js';
export { startRedis, type RedisOptions, type RedisServer, type RedisSettings } from './redis/redis-server.js';
export { startObjectServer, type S3Server, type S3ServerOptions } from './s3/object-server.js';
export { versitygwProgram } from './s3/versitygw-program.js';
export { ServerProcess, type ServerProcessOptions } from './servers/server-process.js';
export { ToxicProxy, type Direction, type Toxic } from './toxiproxy/toxic-proxy.js';
export { toxiproxyProgram } from './toxiproxy/toxiproxy-program.js';
export { startToxiproxy, type Toxiproxy, type ToxiproxyOptions } from './toxiproxy/toxiproxy.js';
