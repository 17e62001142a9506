import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { InfrastructureError } from '../errors.js';
import { freePort, LOOPBACK } from '../free-port.js';
import { obtain, type Progress } from '../programs/program.js';
import { started } from '../servers/local-server.js';
import { ServerFolder } from '../servers/server-folder.js';
import { KafkaNode } from './kafka-node.js';
import { kafkaProgram } from './kafka-program.js';
import type { KafkaSettings, NodePorts } from './kafka-settings.js';
import type { ProxiedListener } from './proxied-listener.js';
import type { SecuredListener } from './secured-listener.js';
import { newClusterId } from './storage.js';

export interface KafkaOptions {
  /** Keeps the data over stops; without one it is in a temporary folder, removed by `stop`. */
  readonly directory?: string;
  /** Three survive the loss of one. The number must stay the same for a folder. Default 1. */
  readonly nodes?: 1 | 3;
  /** Of `server.properties`, for every node. */
  readonly settings?: KafkaSettings;
  /** For clients that come through proxies. */
  readonly proxied?: readonly ProxiedListener[];
  /** Default: clients are served over plain connections only. */
  readonly secured?: SecuredListener;
  /** Told of an installation. */
  readonly onProgress?: Progress;
}

export interface KafkaCluster {
  /** `host:port` of every node. */
  readonly bootstrapServers: string[];
  /** The same, of the secured listeners. */
  readonly securedServers: string[];
  readonly nodes: readonly KafkaNode[];
  /** Brings back what {@link KafkaNode.stop} or {@link KafkaNode.kill} ended, on the same ports. */
  start(): Promise<void>;
  /** Ends every node; removes the data when the folder is a temporary one. */
  stop(): Promise<void>;
}

/**
 * Starts Kafka (KRaft, without Docker) on loopback, installing it first where that is needed.
 * @throws InfrastructureError `PROGRAM.UNAVAILABLE`, `KAFKA.OTHER_NODES`, `KAFKA.NOT_FORMATTED`, `SERVER.NOT_STARTED`; nothing is left
 * running
 */
export async function startKafka(options: KafkaOptions = {}): Promise<KafkaCluster> {
  const program = await obtain(kafkaProgram, options.onProgress);
  const folder = new ServerFolder('kafka', options.directory);
  checkNodes(folder, options.nodes ?? 1);
  const clusterId = keptClusterId(folder.file('cluster-id'));
  const ports = await freePorts(options.nodes ?? 1);
  const nodes = ports.map(
    (_, index) =>
      new KafkaNode({
        program,
        directory: folder.file(`node-${index + 1}`),
        clusterId,
        index,
        ports,
        settings: options.settings ?? {},
        proxied: options.proxied ?? [],
        ...(options.secured && { secured: options.secured }),
      }),
  );
  return started<KafkaCluster>({
    bootstrapServers: nodes.map(({ port }) => `${LOOPBACK}:${port}`),
    securedServers: options.secured ? nodes.map(({ securedPort }) => `localhost:${securedPort}`) : [],
    nodes,
    start: async () => {
      await Promise.all(nodes.map((node) => node.start()));
    },
    stop: async () => {
      await Promise.all(nodes.map((node) => node.stop()));
      folder.drop();
    },
  });
}

async function freePorts(nodes: number): Promise<NodePorts[]> {
  const ports: NodePorts[] = [];
  for (let count = nodes; count > 0; count -= 1) {
    ports.push({ port: await freePort(), controllerPort: await freePort(), securedPort: await freePort() });
  }
  return ports;
}

/** Fewer nodes would leave out what the others hold, and more would never agree with those that were there first. */
function checkNodes({ path }: ServerFolder, nodes: number): void {
  const before = readdirSync(path).filter((name) => name.startsWith('node-')).length;
  if (before === 0 || before === nodes) return;
  throw new InfrastructureError(
    'KAFKA.OTHER_NODES',
    `the data in ${path} is that of ${before} nodes: start as many, or choose another directory`,
  );
}

/** Nodes know each other by it; it stays with the data. */
function keptClusterId(file: string): string {
  if (!existsSync(file)) writeFileSync(file, newClusterId());
  return readFileSync(file, 'utf8');
}
