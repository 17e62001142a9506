import path from 'node:path';
import { LOOPBACK } from '../free-port.js';

/** Of `server.properties`. */
export type KafkaSettings = Readonly<Record<string, string | number | boolean>>;

export interface NodePorts {
  readonly port: number;
  readonly controllerPort: number;
  /** Of the secured listener. */
  readonly securedPort: number;
}

const LARGEST_REQUEST_BYTES = 16 * 1024 * 1024;

/** A node that is broker and controller at once, on loopback only. */
export function nodeSettings(index: number, ports: readonly NodePorts[], directory: string): KafkaSettings {
  const own = ports[index] as NodePorts;
  const replicas = Math.min(3, ports.length);
  const inSync = replicas > 1 ? 2 : 1;
  return {
    'process.roles': 'broker,controller',
    'node.id': index + 1,
    // A fixed list, so that the ports may be others at every start.
    'controller.quorum.voters': ports.map((each, at) => `${at + 1}@${LOOPBACK}:${each.controllerPort}`).join(','),
    listeners: `PLAINTEXT://${LOOPBACK}:${own.port},CONTROLLER://${LOOPBACK}:${own.controllerPort}`,
    'advertised.listeners': `PLAINTEXT://${LOOPBACK}:${own.port}`,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'inter.broker.listener.name': 'PLAINTEXT',
    'log.dirs': path.join(directory, 'logs'),
    'auto.create.topics.enable': false,
    'default.replication.factor': replicas,
    'min.insync.replicas': inSync,
    'unclean.leader.election.enable': false,
    'socket.request.max.bytes': LARGEST_REQUEST_BYTES,
    'message.max.bytes': LARGEST_REQUEST_BYTES / 2,
    'replica.fetch.max.bytes': LARGEST_REQUEST_BYTES / 2,
    // What Kafka keeps for itself: few partitions, for a short start.
    'offsets.topic.replication.factor': replicas,
    'offsets.topic.num.partitions': 8,
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': inSync,
    'transaction.state.log.num.partitions': 8,
    'share.coordinator.state.topic.replication.factor': replicas,
    'share.coordinator.state.topic.min.isr': inSync,
    'share.coordinator.state.topic.num.partitions': 1,
    // No wait for more members before the first one gets its partitions; sessions down to 2 s.
    'group.initial.rebalance.delay.ms': 0,
    'group.min.session.timeout.ms': 2000,
    // After a SIGKILL the controller lets a node in again only when its old session is over (9 s by default). Several
    // nodes on one machine slow each other down, so that shorter ones would be taken for dead.
    'broker.session.timeout.ms': ports.length > 1 ? 6000 : 3000,
    // Also how long the controller may take to answer one: on a machine that is very busy, half a second is too short to start.
    'broker.heartbeat.interval.ms': 1000,
  };
}

export function toProperties(settings: KafkaSettings): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${String(value)}\n`)
    .join('');
}
