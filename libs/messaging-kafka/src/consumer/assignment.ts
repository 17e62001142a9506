import kafkajs from 'kafkajs';

const { MemberAssignment, MemberMetadata } = kafkajs.AssignerProtocol;

/**
 * The group's protocol: who gets which partitions. A *share* is a partition number, of every topic of the group, so that
 * a message and its redriven copy meet in one consumer. Whoever has a share keeps it unless it has too many, so that most
 * messages stay where they are already held; and one whose handler runs is not taken away at all, lest another consumer
 * get the same message meanwhile.
 */
export const PROTOCOL = 'looseleaf-sticky';

/** What a member says when it joins. */
export interface Claim {
  /** Of the group, in which it got its shares. Another member may have got them since, when it missed one. */
  readonly generation: number;
  readonly owned: readonly number[];
  /** Those of them in which a batch still runs. */
  readonly busy: readonly number[];
}

export const NEWCOMER: Claim = { generation: -1, owned: [], busy: [] };

/** What a member gets. */
export interface Grant {
  readonly shares: readonly number[];
  /** It keeps more than its part, because they were busy: it should join again when they are not. */
  readonly surplus: boolean;
}

export function encodeClaim(topics: readonly string[], claim: Claim): Buffer {
  return MemberMetadata.encode({ version: 0, topics: [...topics], userData: Buffer.from(JSON.stringify(claim)) });
}

export function decodeClaim(metadata: Buffer): Claim {
  const text = MemberMetadata.decode(metadata)?.userData.toString() ?? '';
  return text === '' ? NEWCOMER : (JSON.parse(text) as Claim);
}

export function encodeGrant(topics: readonly string[], { shares, surplus }: Grant): Buffer {
  const assignment = Object.fromEntries(topics.map((topic) => [topic, [...shares]]));
  return MemberAssignment.encode({ version: 0, assignment, userData: Buffer.from(JSON.stringify({ surplus })) });
}

export function decodeGrant(assignment: Buffer): Grant {
  const decoded = assignment.length > 0 ? MemberAssignment.decode(assignment) : null;
  if (!decoded) return { shares: [], surplus: false };
  const { surplus } = JSON.parse(decoded.userData.toString()) as { surplus: boolean };
  return { shares: Object.values(decoded.assignment)[0] ?? [], surplus };
}

/** Done by the leader of the group, for all. Each gets the same number of shares, or one more, but for busy ones. */
export function assign(claims: ReadonlyMap<string, Claim>, shareCount: number): Map<string, Grant> {
  const members = [...claims.keys()].sort();
  const least = Math.floor(shareCount / members.length);
  let oneMore = shareCount - least * members.length;
  const kept = new Map<string, number[]>();
  const free = new Set(Array.from({ length: shareCount }, (_, share) => share));
  const quotas = new Map<string, number>();
  // The latest claims first, and the largest, so that they are the ones who keep one more.
  const inOrder = [...claims].sort(([, a], [, b]) => b.generation - a.generation || b.owned.length - a.owned.length);
  for (const [member, { owned, busy }] of inOrder) {
    const quota = least + (oneMore > 0 && owned.length > least ? 1 : 0);
    if (quota > least) oneMore -= 1;
    const wanted = [...busy, ...owned.filter((share) => !busy.includes(share))];
    const own = wanted.filter((share, index) => free.has(share) && (index < quota || index < busy.length));
    for (const share of own) free.delete(share);
    kept.set(member, own);
    quotas.set(member, quota);
  }
  const grants = new Map<string, Grant>();
  const rest = [...free];
  for (const member of members) {
    const own = kept.get(member) as number[];
    let quota = quotas.get(member) as number;
    if (oneMore > 0 && quota === least) {
      quota += 1;
      oneMore -= 1;
    }
    while (own.length < quota && rest.length > 0) own.push(rest.shift() as number);
    grants.set(member, { shares: own.sort((a, b) => a - b), surplus: own.length > quota });
  }
  return grants;
}
