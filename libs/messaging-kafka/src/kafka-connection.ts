import { UnavailableError } from '@looseleaf/messaging';
import kafkajs, { type Broker, type Cluster, type Kafka } from 'kafkajs';
import { CLOSED, errorType } from './kafka-errors.js';
import { securityOptions, type KafkaSecurity } from './kafka-security.js';
import './pending-requests.js';

export interface KafkaOptions {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly security?: KafkaSecurity;
}

/** How long a node may take to answer one request. */
const REQUEST_TIMEOUT_MS = 5000;

/** A client whose own retries are few: whoever uses it knows better when to try again, and for how long. */
export function createKafka({ brokers, clientId, security = {} }: KafkaOptions): Kafka {
  return new kafkajs.Kafka({
    brokers: [...brokers],
    clientId,
    ...securityOptions(security),
    requestTimeout: REQUEST_TIMEOUT_MS,
    // A first connection goes to one of the given nodes after the other: one attempt for each.
    retry: { initialRetryTime: 30, maxRetryTime: 200, retries: brokers.length },
    // What matters is thrown, and logged by who catches it.
    logLevel: kafkajs.logLevel.NOTHING,
  });
}

/** Requests that kafkajs has, and its types leave out. */
export interface KafkaNode extends Broker {
  initProducerId(request: {
    readonly transactionTimeout: number;
  }): Promise<{ readonly producerId: string; readonly producerEpoch: number }>;
  joinGroup(request: {
    readonly groupId: string;
    readonly memberId: string;
    readonly sessionTimeout: number;
    readonly rebalanceTimeout: number;
    readonly groupProtocols: readonly { readonly name: string; readonly metadata: Buffer }[];
  }): Promise<{
    readonly memberId: string;
    readonly generationId: number;
    readonly leaderId: string;
    readonly members: readonly { readonly memberId: string; readonly memberMetadata: Buffer }[];
  }>;
  syncGroup(request: {
    readonly groupId: string;
    readonly memberId: string;
    readonly generationId: number;
    readonly groupAssignment: readonly { readonly memberId: string; readonly memberAssignment: Buffer }[];
  }): Promise<{ readonly memberAssignment: Buffer }>;
  heartbeat(request: {
    readonly groupId: string;
    readonly memberId: string;
    readonly groupGenerationId: number;
  }): Promise<unknown>;
  leaveGroup(request: { readonly groupId: string; readonly memberId: string }): Promise<unknown>;
}

/**
 * Connections to the nodes of a cluster, opened at the first use; after a failure they are thrown away, and the next use
 * opens new ones. This is kafkajs' own object for that, the one it hands to partition assigners, which is how one gets it.
 */
export class KafkaConnection {
  #opening: Promise<Cluster> | undefined;
  #closed = false;

  constructor(private readonly kafka: Kafka) {}

  /** @throws UnavailableError after {@link close}; what kafkajs throws */
  async use<Result>(work: (cluster: Cluster) => Promise<Result>): Promise<Result> {
    if (this.#closed) throw new UnavailableError('broker', { code: CLOSED });
    const opening = (this.#opening ??= this.#open());
    try {
      return await work(await opening);
    } catch (error) {
      // An answer with an error code came over a sound connection; it may be that of a node that leads no longer.
      if (errorType(error) === undefined) this.#drop(opening);
      else if (STALE.includes(errorType(error) ?? '')) await this.#refresh(opening);
      throw error;
    }
  }

  /** The node that keeps the group's members and offsets. */
  async coordinator(groupId: string): Promise<KafkaNode> {
    return this.use(async (cluster) => (await cluster.findGroupCoordinator({ groupId })) as KafkaNode);
  }

  async close(): Promise<void> {
    this.#closed = true;
    const opening = this.#opening;
    this.#opening = undefined;
    await disconnect(opening);
  }

  async #open(): Promise<Cluster> {
    let cluster: Cluster | undefined;
    this.kafka.consumer({
      groupId: 'unused',
      metadataMaxAge: METADATA_MAX_AGE_MS,
      allowAutoTopicCreation: false,
      partitionAssigners: [
        (config) => {
          cluster = config.cluster;
          return kafkajs.PartitionAssigners.roundRobin(config);
        },
      ],
    });
    if (!cluster) throw new Error('kafkajs did not make a cluster');
    await cluster.connect();
    await cluster.refreshMetadata();
    return cluster;
  }

  async #refresh(opening: Promise<Cluster>): Promise<void> {
    try {
      await (await opening).refreshMetadata();
    } catch {
      this.#drop(opening);
    }
  }

  #drop(opening: Promise<Cluster>): void {
    // Who fails later with the same connections finds them thrown away.
    if (this.#opening !== opening) return;
    this.#opening = undefined;
    void disconnect(opening);
  }
}

const STALE = [
  'NOT_LEADER_FOR_PARTITION',
  'LEADER_NOT_AVAILABLE',
  'FENCED_LEADER_EPOCH',
  'UNKNOWN_LEADER_EPOCH',
  'UNKNOWN_TOPIC_OR_PARTITION',
];
const METADATA_MAX_AGE_MS = 20_000;

async function disconnect(opening: Promise<Cluster> | undefined): Promise<void> {
  try {
    await (await opening)?.disconnect();
  } catch {
    // It was not connected, or is not any more.
  }
}
