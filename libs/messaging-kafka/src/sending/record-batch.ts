import { crc32c } from './crc32c.js';
import type { OutgoingRecord } from './encode.js';

/** By what the leader of a partition recognises a batch that comes again. */
export interface BatchIdentity {
  readonly producerId: bigint;
  readonly producerEpoch: number;
  /** Of the first record; one more for each that follows. */
  readonly firstSequence: number;
}

const HEADER_BYTES = 61;
/** Where what the length counts begins, and what the checksum covers. */
const LENGTH_FROM = 12;
const CHECKSUM_FROM = 21;
const MAGIC = 2;
/** A length, an attribute, a delta of time: what a record has besides its key, value and headers, at most. */
const RECORD_BYTES = 40;

/**
 * Records of one partition as Kafka stores them (format 2), not compressed. Written by ourselves: kafkajs makes half a dozen
 * buffers for each record, which costs several times as much.
 */
export function encodeRecordBatch(
  records: readonly OutgoingRecord[],
  { producerId, producerEpoch, firstSequence }: BatchIdentity,
  timestampMs: number,
): Buffer {
  const writer = new RecordWriter(records.reduce((sum, { bytes }) => sum + bytes + RECORD_BYTES, HEADER_BYTES));
  records.forEach((record, index) => writer.write(record, index));
  const batch = writer.written();
  batch.writeBigInt64BE(0n, 0);
  batch.writeInt32BE(batch.length - LENGTH_FROM, 8);
  batch.writeInt32BE(0, 12);
  batch.writeInt8(MAGIC, 16);
  batch.writeInt16BE(0, CHECKSUM_FROM);
  batch.writeInt32BE(records.length - 1, 23);
  batch.writeBigInt64BE(BigInt(timestampMs), 27);
  batch.writeBigInt64BE(BigInt(timestampMs), 35);
  batch.writeBigInt64BE(producerId, 43);
  batch.writeInt16BE(producerEpoch, 51);
  batch.writeInt32BE(firstSequence, 53);
  batch.writeInt32BE(records.length, 57);
  batch.writeUInt32BE(crc32c(batch, CHECKSUM_FROM, batch.length), 17);
  return batch;
}

class RecordWriter {
  #buffer: Buffer;
  #at = HEADER_BYTES;

  constructor(expectedBytes: number) {
    this.#buffer = Buffer.allocUnsafe(expectedBytes);
  }

  written(): Buffer {
    return this.#buffer.subarray(0, this.#at);
  }

  write({ key, value, headers }: OutgoingRecord, offsetDelta: number): void {
    const pairs = headers ? Object.entries(headers) : [];
    const keyBytes = key === null ? -1 : Buffer.byteLength(key);
    const valueBytes = Buffer.byteLength(value);
    let size = 2 + sizeOfVarint(offsetDelta) + sizeOfBytes(keyBytes) + sizeOfBytes(valueBytes);
    size += sizeOfVarint(pairs.length);
    for (const pair of pairs) for (const text of pair) size += sizeOfBytes(Buffer.byteLength(text));
    this.#reserve(size + 5);
    this.#varint(size);
    // Neither attributes nor a delta of time.
    this.#buffer[this.#at++] = 0;
    this.#buffer[this.#at++] = 0;
    this.#varint(offsetDelta);
    this.#bytes(key, keyBytes);
    this.#bytes(value, valueBytes);
    this.#varint(pairs.length);
    for (const pair of pairs) for (const text of pair) this.#bytes(text, Buffer.byteLength(text));
  }

  #reserve(bytes: number): void {
    if (this.#at + bytes <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe((this.#at + bytes) * 2);
    this.#buffer.copy(larger, 0, 0, this.#at);
    this.#buffer = larger;
  }

  #bytes(content: string | Buffer | null, length: number): void {
    this.#varint(length);
    if (content === null) return;
    if (typeof content === 'string') this.#buffer.write(content, this.#at);
    else content.copy(this.#buffer, this.#at);
    this.#at += length;
  }

  /** Zigzag: small numbers of either sign take one byte. */
  #varint(value: number): void {
    let rest = ((value << 1) ^ (value >> 31)) >>> 0;
    for (; rest > 0x7f; rest >>>= 7) this.#buffer[this.#at++] = (rest & 0x7f) | 0x80;
    this.#buffer[this.#at++] = rest;
  }
}

/** With its length before it. */
function sizeOfBytes(length: number): number {
  return sizeOfVarint(length) + Math.max(length, 0);
}

function sizeOfVarint(value: number): number {
  let size = 1;
  for (let rest = ((value << 1) ^ (value >> 31)) >>> 0; rest > 0x7f; rest >>>= 7) size += 1;
  return size;
}
