import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { InfrastructureError } from '../errors.js';
import { freePort, LOOPBACK } from '../free-port.js';
import { obtain, type Progress } from '../programs/program.js';
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
  const directory = options.directory ?? mkdtempSync(path.join(tmpdir(), 'looseleaf-kafka-'));
  checkNodes(directory, options.nodes ?? 1);
  const clusterId = clusterIdOf(directory);
  const ports = await freePorts(options.nodes ?? 1);
  const nodes = ports.map(
    (_, index) =>
      new KafkaNode({
        program,
        directory: path.join(directory, `node-${index + 1}`),
        clusterId,
        index,
        ports,
        settings: options.settings ?? {},
        proxied: options.proxied ?? [],
        ...(options.secured && { secured: options.secured }),
      }),
  );
  const cluster: KafkaCluster = {
    bootstrapServers: nodes.map(({ port }) => `${LOOPBACK}:${port}`),
    securedServers: options.secured ? nodes.map(({ securedPort }) => `localhost:${securedPort}`) : [],
    nodes,
    start: async () => {
      await Promise.all(nodes.map((node) => node.start()));
    },
    stop: async () => {
      await Promise.all(nodes.map((node) => node.stop()));
      if (options.directory === undefined) rmSync(directory, { recursive: true, force: true });
    },
  };
  try {
    await cluster.start();
  } catch (error) {
    await cluster.stop();
    throw error;
  }
  return cluster;
}

async function freePorts(nodes: number): Promise<NodePorts[]> {
  const ports: NodePorts[] = [];
  for (let count = nodes; count > 0; count -= 1) {
    ports.push({ port: await freePort(), controllerPort: await freePort(), securedPort: await freePort() });
  }
  return ports;
}

/** Fewer nodes would leave out what the others hold, and more would never agree with those that were there first. */
function checkNodes(directory: string, nodes: number): void {
  const before = existsSync(directory) ? readdirSync(directory).filter((name) => name.startsWith('node-')).length : 0;
  if (before === 0 || before === nodes) return;
  throw new InfrastructureError(
    'KAFKA.OTHER_NODES',
    `the data in ${directory} is that of ${before} nodes: start as many, or choose another directory`,
  );
}

/** Nodes know each other by it; it stays with the data. */
function clusterIdOf(directory: string): string {
  const file = path.join(directory, 'cluster-id');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  if (!existsSync(file)) writeFileSync(file, newClusterId());
  return readFileSync(file, 'utf8');
}
