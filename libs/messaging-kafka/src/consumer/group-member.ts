import type { Cluster } from 'kafkajs';
import { isLost, isRebalance, MembershipLostError } from './group-errors.js';
import {
  assign,
  decodeClaim,
  decodeGrant,
  encodeClaim,
  encodeGrant,
  PROTOCOL,
  type Claim,
  type Grant,
} from './assignment.js';
import { groupBy } from '../group-by.js';
import { committedOffsets, type CommittedOffset } from '../kafka-offsets.js';
import type { KafkaConnection, KafkaNode } from '../kafka-connection.js';
import type { Progress } from './partition-window.js';

export interface GroupMemberOptions {
  readonly group: string;
  readonly topics: readonly string[];
  /** How long the group waits for a silent member before it goes on without it. */
  readonly sessionTimeoutMs: number;
}

/** How long the group waits for members to join when it changes. */
const REBALANCE_TIMEOUT_MS = 10_000;

export interface Joined extends Grant {
  /** Whether nobody else can have had its former shares in between: what is held of them is still good. */
  readonly isSuccessor: boolean;
}

/** One member of a consumer group: the requests of Kafka's group protocol. */
export class GroupMember {
  #memberId = '';
  /** The latest in which it got shares. */
  #generationId = -1;
  #coordinator: string | undefined;

  constructor(
    private readonly connection: KafkaConnection,
    private readonly options: GroupMemberOptions,
  ) {}

  /** @param countShares the number of partitions of the first topic, from fresh metadata */
  async join(holdings: Omit<Claim, 'generation'>, countShares: () => Promise<number>): Promise<Joined> {
    const { group, topics, sessionTimeoutMs } = this.options;
    const [formerId, before] = [this.#memberId, this.#generationId];
    const claim = { generation: before, ...holdings };
    const joined = await this.#ask((coordinator) =>
      coordinator.joinGroup({
        groupId: group,
        memberId: formerId,
        sessionTimeout: sessionTimeoutMs,
        rebalanceTimeout: REBALANCE_TIMEOUT_MS,
        groupProtocols: [{ name: PROTOCOL, metadata: encodeClaim(topics, claim) }],
      }),
    );
    this.#memberId = joined.memberId;
    const groupAssignment: { memberId: string; memberAssignment: Buffer }[] = [];
    if (joined.leaderId === joined.memberId) {
      const claims = new Map(joined.members.map((each) => [each.memberId, decodeClaim(each.memberMetadata)]));
      for (const [memberId, grant] of assign(claims, await countShares())) {
        groupAssignment.push({ memberId, memberAssignment: encodeGrant(topics, grant) });
      }
    }
    const { memberId, generationId } = joined;
    const synced = await this.#ask((coordinator) =>
      coordinator.syncGroup({ groupId: group, memberId, generationId, groupAssignment }),
    );
    this.#generationId = generationId;
    const isSuccessor = formerId === memberId && generationId === before + 1;
    return { ...decodeGrant(synced.memberAssignment), isSuccessor };
  }

  /** @throws what says that the group changes, or goes on without this member: see group-errors */
  async heartbeat(): Promise<void> {
    const groupId = this.options.group;
    const [memberId, groupGenerationId] = [this.#memberId, this.#generationId];
    await this.#ask((coordinator) => coordinator.heartbeat({ groupId, memberId, groupGenerationId }));
  }

  /** Kafka takes it from a member of the present generation only. */
  async commit(commits: readonly Commit[]): Promise<void> {
    const { group: groupId } = this.options;
    const [memberId, groupGenerationId] = [this.#memberId, this.#generationId];
    const topics = Array.from(
      groupBy(commits, ({ topic }) => topic),
      ([topic, own]) => ({
        topic,
        partitions: own.map(({ partition, progress }) => ({
          partition,
          offset: String(progress.offset),
          metadata: progress.metadata,
        })),
      }),
    );
    await this.#ask((coordinator) => coordinator.offsetCommit({ groupId, memberId, groupGenerationId, topics }));
  }

  /** What the group has committed for these shares. */
  committed(shares: readonly number[]): Promise<Map<string, (CommittedOffset | undefined)[]>> {
    const { group, topics } = this.options;
    return this.#ask((coordinator) =>
      committedOffsets(coordinator, group, new Map(topics.map((topic) => [topic, shares]))),
    );
  }

  /** The others take over at once, instead of after the session timeout. */
  async leave(): Promise<void> {
    if (this.#memberId === '') return;
    const request = { groupId: this.options.group, memberId: this.#memberId };
    this.forget();
    await this.#ask((coordinator) => coordinator.leaveGroup(request));
  }

  /** The next join is that of a new member. */
  forget(): void {
    this.#memberId = '';
    this.#generationId = -1;
  }

  async #ask<Answer>(request: (coordinator: KafkaNode) => Promise<Answer>): Promise<Answer> {
    try {
      return await this.connection.use(async (cluster) => request(await this.#findCoordinator(cluster)));
    } catch (error) {
      if (isLost(error)) throw new MembershipLostError('the group goes on without this member', { cause: error });
      // Another node may keep the group now.
      if (!isRebalance(error)) this.#coordinator = undefined;
      throw error;
    }
  }

  async #findCoordinator(cluster: Cluster): Promise<KafkaNode> {
    if (this.#coordinator === undefined) {
      const { coordinator } = await cluster.findGroupCoordinatorMetadata({ groupId: this.options.group });
      this.#coordinator = String(coordinator.nodeId);
    }
    return (await cluster.findBroker({ nodeId: this.#coordinator })) as KafkaNode;
  }
}

export interface Commit {
  readonly topic: string;
  readonly partition: number;
  readonly progress: Progress;
}
