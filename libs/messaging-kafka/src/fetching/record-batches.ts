import { gunzipSync } from 'node:zlib';

/** A record as it lies in its partition. */
export interface RawRecord {
  readonly offset: number;
  readonly timestampMs: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, Buffer | undefined>>;
  /** A mark of Kafka's own transactions. */
  readonly isControl: boolean;
}

const HEADER_BYTES = 61;
const LENGTH_FROM = 12;
const MAGIC = 2;
const COMPRESSION = 0x07;
const APPEND_TIME = 0x08;
const CONTROL = 0x20;
const NO_HEADERS = {};
const CODECS = ['nothing', 'gzip', 'snappy', 'lz4', 'zstd'];
const [NOT_COMPRESSED, GZIP] = [0, 1];

/**
 * Reads the batches (format 2) of an answer to a fetch, the last of which may be cut off. Keys, values and headers are
 * parts of the answer, not copies.
 * @throws Error for batches of other clients that are of an older format, or compressed with something other than gzip
 */
export function decodeRecordBatches(content: Buffer): RawRecord[] {
  const records: RawRecord[] = [];
  for (let at = 0; at + HEADER_BYTES <= content.length;) {
    const end = at + LENGTH_FROM + content.readInt32BE(at + 8);
    if (end > content.length) break;
    if (content[at + 16] !== MAGIC) throw new Error(`a batch has format ${content[at + 16]}, only ${MAGIC} is known`);
    new BatchReader(content.subarray(at, end)).readInto(records);
    at = end;
  }
  return records;
}

class BatchReader {
  #at = 0;
  readonly #records: Buffer;
  readonly #firstOffset: number;
  readonly #firstTimestampMs: number;
  readonly #appendTimeMs: number | undefined;
  readonly #count: number;
  readonly #isControl: boolean;

  constructor(batch: Buffer) {
    const attributes = batch.readInt16BE(21);
    this.#firstOffset = Number(batch.readBigInt64BE(0));
    this.#firstTimestampMs = Number(batch.readBigInt64BE(27));
    this.#appendTimeMs = attributes & APPEND_TIME ? Number(batch.readBigInt64BE(35)) : undefined;
    this.#isControl = (attributes & CONTROL) !== 0;
    this.#count = batch.readInt32BE(57);
    this.#records = expand(batch.subarray(HEADER_BYTES), attributes & COMPRESSION);
  }

  readInto(records: RawRecord[]): void {
    for (let index = 0; index < this.#count; index += 1) {
      const length = this.#varint();
      const end = this.#at + length;
      this.#at += 1; // attributes that mean nothing
      const timestampMs = this.#firstTimestampMs + this.#varint();
      const offset = this.#firstOffset + this.#varint();
      const key = this.#bytes();
      const value = this.#bytes();
      records.push({
        offset,
        timestampMs: this.#appendTimeMs ?? timestampMs,
        key,
        value,
        headers: this.#headers(),
        isControl: this.#isControl,
      });
      this.#at = end;
    }
  }

  #headers(): Record<string, Buffer | undefined> {
    let count = this.#varint();
    if (count === 0) return NO_HEADERS;
    // Without a prototype: a client may call a header `__proto__`.
    const headers = Object.create(null) as Record<string, Buffer | undefined>;
    for (; count > 0; count -= 1) {
      const name = this.#bytes()?.toString() ?? '';
      headers[name] = this.#bytes() ?? undefined;
    }
    return headers;
  }

  #bytes(): Buffer | null {
    const length = this.#varint();
    if (length < 0) return null;
    const start = this.#at;
    this.#at += length;
    return this.#records.subarray(start, this.#at);
  }

  /** Zigzag, up to 64 bits; beyond 31 without the shifts of JavaScript, which know no more. */
  #varint(): number {
    const content = this.#records;
    let byte = content[this.#at++]!;
    let value = byte & 0x7f;
    for (let factor = 0x80; byte > 0x7f; factor *= 0x80) {
      byte = content[this.#at++]!;
      value += (byte & 0x7f) * factor;
    }
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
}

function expand(records: Buffer, codec: number): Buffer {
  if (codec === NOT_COMPRESSED) return records;
  if (codec === GZIP) return gunzipSync(records);
  throw new Error(`a batch is compressed with ${CODECS[codec] ?? `codec ${codec}`}; only gzip can be read`);
}
