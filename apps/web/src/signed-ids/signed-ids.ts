import { createHmac, createSecretKey, randomInt, type KeyObject } from 'node:crypto';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const PAYLOAD_BYTES = 12;
/** Where the MAC begins in the text of an id. */
const MAC_INDEX = 28;
const MAC_HEX_DIGITS = 8;
/** Ids that one HMAC serves: 256 bits are eight MACs. */
const IDS_PER_HMAC = 8;
const NODE_LIMIT = 2 ** 30;
const COUNTER_LIMIT = 2 ** 11;
/** First bit after the version: 1 when the payload comes from a key, 0 when it is time and counter. */
const DERIVED_FLAG = 0x08;

/**
 * Makes and recognises ids that carry their own proof of origin, so that a stateless process can tell an id that was
 * issued from one that never was, without asking anybody.
 *
 * An id is a UUIDv8 (RFC 9562, section 5.8):
 *
 *     48 bits Unix time in ms · version 8 · 1 flag · 11 counter · variant · 30 node · 32 MAC
 *
 * The MAC is 32 bits of an HMAC-SHA256 over all that precedes it. It lets one guess in 4 000 million pass: an id is a
 * name, not a secret, and the worst that such a guess reaches is an order that does not exist. An HMAC costs more than all
 * the rest of an id, so eight ids that follow each other share one: it is taken without the lowest three bits of the
 * counter, and these say which eighth of it is the id's own.
 *
 * The node is drawn once per process, and the counter keeps its ids apart: two processes can only meet if they draw the
 * same node (1 in 2^30), whatever their load. Ids of one process rise, also when its clock steps back.
 */
export class SignedIds {
  readonly #macKey: KeyObject;
  readonly #derivationKey: KeyObject;
  /** Written anew for each id. */
  readonly #payload = Buffer.alloc(PAYLOAD_BYTES);
  #lastMs = -1;
  #counter = 0;
  /** The HMAC, in hex, of the id made last. */
  #hmac = '';

  /**
   * @param secret shared by all replicas
   * @param kind what the ids name (`order`): an id of one kind is not valid as another
   * @param node 0 to 2^30 − 1; random unless a test needs it fixed
   */
  constructor(
    secret: string,
    kind: string,
    private readonly node: number = randomInt(NODE_LIMIT),
  ) {
    this.#macKey = deriveKey(secret, `looseleaf/ids/${kind}/mac`);
    this.#derivationKey = deriveKey(secret, `looseleaf/ids/${kind}/derivation`);
  }

  /** A new id, greater than every earlier one of this process. @param nowMs the Unix time it is to carry */
  make(nowMs: number = Date.now()): string {
    this.#tick(nowMs);
    const payload = this.#payload;
    payload.writeUIntBE(this.#lastMs, 0, 6);
    payload[6] = 0x80 | (this.#counter >>> 8);
    payload[7] = this.#counter;
    payload.writeUInt32BE((0x80000000 | this.node) >>> 0, 8);
    if (this.#counter % IDS_PER_HMAC === 0) this.#hmac = this.#hmacOf(payload);
    return toText(payload, this.#hmac);
  }

  /** The id of this caller's key: the same one in every process that has the secret, with no table. */
  derive(caller: string, key: string): string {
    const payload = createHmac('sha256', this.#derivationKey)
      .update(JSON.stringify([caller, key]))
      .digest();
    payload[6] = 0x80 | DERIVED_FLAG | (payload[6]! & 0x07);
    payload[8] = 0x80 | (payload[8]! & 0x3f);
    return toText(payload, this.#hmacOf(payload));
  }

  /** Whether the id was issued under this secret for this kind. Only the canonical form, in lower case, is an id. */
  verify(id: string): boolean {
    const payload = parse(id);
    // Not compared in constant time: the MAC tells wrong ids, and who measures it over a network learns 4 bytes at best.
    return payload !== undefined && macOf(payload, this.#hmacOf(payload)) === id.slice(MAC_INDEX);
  }

  /** When a verified id was made; `undefined` for one that was derived from a key, which carries no time. */
  issuedAt(id: string): Date | undefined {
    const payload = parse(id);
    if (!payload || (payload[6]! & DERIVED_FLAG) !== 0) return undefined;
    return new Date(payload.readUIntBE(0, 6));
  }

  /** When the counter is used up, a millisecond of the future is borrowed, so that ids go on rising. */
  #tick(nowMs: number): void {
    if (nowMs > this.#lastMs) {
      this.#lastMs = nowMs;
      this.#counter = 0;
    } else if (++this.#counter === COUNTER_LIMIT) {
      this.#lastMs += 1;
      this.#counter = 0;
    }
  }

  /** The HMAC, in hex, that an id shares with its neighbours. */
  #hmacOf(payload: Buffer): string {
    const shared = Buffer.from(payload.subarray(0, PAYLOAD_BYTES));
    shared[7]! -= shared[7]! % IDS_PER_HMAC;
    return createHmac('sha256', this.#macKey).update(shared).digest('hex');
  }
}

/** A key of its own for each purpose, from one secret. */
function deriveKey(secret: string, purpose: string): KeyObject {
  return createSecretKey(createHmac('sha256', secret).update(purpose).digest());
}

function macOf(payload: Buffer, hmac: string): string {
  const start = (payload[7]! % IDS_PER_HMAC) * MAC_HEX_DIGITS;
  return hmac.slice(start, start + MAC_HEX_DIGITS);
}

function toText(payload: Buffer, hmac: string): string {
  const hex = payload.toString('hex', 0, PAYLOAD_BYTES);
  const head = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}`;
  return `${head}-${hex.slice(20)}${macOf(payload, hmac)}`;
}

/** The payload of an id, with the MAC behind it. */
function parse(id: string): Buffer | undefined {
  return UUID.test(id) ? Buffer.from(id.replaceAll('-', ''), 'hex') : undefined;
}
