import path from 'node:path';
import {
  startKafka,
  startObjectServer,
  startRedis,
  startToxiproxy,
  type Progress,
  type ProxiedListener,
} from '@looseleaf/infra';
import type { BackingServiceName } from './names.js';
import { SupervisedServer, type Server, type ServerDescription } from './supervised-server.js';

/** A folder of an S3 server's objects. */
const BUCKET = 'looseleaf';

export interface StartOptions {
  /** Of its data and its log; kept. */
  readonly directory: string;
  readonly kafkaNodes: 1 | 3;
  /** For clients that come through proxies. */
  readonly kafkaListeners?: readonly ProxiedListener[];
  /** Told of an installation. */
  readonly onProgress: Progress;
  /** Told in words when a server ended and when it is back. */
  readonly onChange: (text: string) => void;
}

/** One that runs. */
export interface BackingService {
  readonly servers: readonly SupervisedServer[];
  /** How services reach it: the variables of their environment. Holds secrets. */
  readonly variables: Readonly<Record<string, string>>;
}

interface Started {
  readonly servers: readonly (ServerDescription & { readonly server: Server })[];
  readonly variables: Readonly<Record<string, string>>;
}

/**
 * Installs a backing service where that is needed, and starts it on loopback.
 * @throws InfrastructureError `PROGRAM.UNAVAILABLE`, `SERVER.NOT_STARTED`
 */
export async function startBackingService(name: BackingServiceName, options: StartOptions): Promise<BackingService> {
  const { servers, variables } = await START[name]({ ...options, directory: path.join(options.directory, name) });
  return {
    servers: servers.map(({ server, ...description }) => new SupervisedServer(description, server, options.onChange)),
    variables,
  };
}

const START: Record<BackingServiceName, (options: StartOptions) => Promise<Started>> = {
  kafka: async ({ directory, kafkaNodes, kafkaListeners = [], onProgress }) => {
    const { nodes, bootstrapServers } = await startKafka({
      directory,
      nodes: kafkaNodes,
      proxied: kafkaListeners,
      onProgress,
    });
    return {
      servers: nodes.map((server, index) => ({
        name: nodes.length > 1 ? `kafka-${index + 1}` : 'kafka',
        kind: 'kafka',
        address: bootstrapServers[index]!,
        server,
      })),
      variables: { BROKER: 'kafka', KAFKA_BROKERS: bootstrapServers.join(',') },
    };
  },
  redis: async ({ directory, onProgress }) => {
    const server = await startRedis({ directory, onProgress });
    return {
      servers: [{ name: 'redis', kind: 'redis', address: new URL(server.url).host, server }],
      variables: { CACHE: 'redis', REDIS_URL: server.url },
    };
  },
  s3: async ({ directory, onProgress }) => {
    const server = await startObjectServer({ directory, onProgress });
    return {
      servers: [{ name: 's3', kind: 's3', address: new URL(server.endpoint).host, server }],
      variables: {
        OBJECT_STORE: 's3',
        S3_ENDPOINT: server.endpoint,
        S3_REGION: server.region,
        S3_BUCKET: BUCKET,
        S3_ACCESS_KEY_ID: server.accessKeyId,
        S3_SECRET_ACCESS_KEY: server.secretAccessKey,
      },
    };
  },
  toxiproxy: async ({ directory, onProgress }) => {
    const server = await startToxiproxy({ directory, onProgress });
    return {
      servers: [{ name: 'toxiproxy', kind: 'toxiproxy', address: new URL(server.url).host, server }],
      variables: { TOXIPROXY_URL: server.url },
    };
  },
};
