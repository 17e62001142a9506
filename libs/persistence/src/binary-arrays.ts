/*
 * PostgreSQL arrays in the binary format of `array_recv` (src/backend/utils/adt/arrayfuncs.c). The driver sends a Buffer
 * parameter as binary and everything else as text; for `unnest` over hundreds of rows, binary saves the quoting on this
 * side and the parsing on the other. Use them with a cast: `unnest($1::uuid[], $2::text[])`.
 */

const OID = { int8: 20, int4: 23, text: 25, uuid: 2950, json: 114, jsonb: 3802, timestamptz: 1184 };
const HEADER_BYTES = 20;
const NULL_LENGTH = -1;
/** 2000-01-01T00:00:00Z, from which PostgreSQL counts microseconds. */
const POSTGRES_EPOCH_MS = 946_684_800_000;
const JSONB_VERSION = 1;

type Nullable<T> = readonly (T | null | undefined)[];

/** @throws TypeError when a value is no UUID in its canonical form */
export function uuidArray(values: Nullable<string>): Buffer {
  return fixedWidthArray(OID.uuid, 16, values, (target, offset, value) => {
    const hex = value.length === 36 ? value.replaceAll('-', '') : '';
    if (hex.length !== 32 || target.write(hex, offset, 'hex') !== 16) throw new TypeError(`${value} is not a UUID`);
  });
}

/** @throws RangeError when a value is not a 32-bit integer */
export function int4Array(values: Nullable<number>): Buffer {
  return fixedWidthArray(OID.int4, 4, values, (target, offset, value) => target.writeInt32BE(value, offset));
}

/** @throws RangeError when a value is not an integer */
export function int8Array(values: Nullable<number>): Buffer {
  return fixedWidthArray(OID.int8, 8, values, (target, offset, value) => target.writeBigInt64BE(BigInt(value), offset));
}

/**
 * Points in time, exact to the millisecond.
 * @param values what `Date.parse` reads (RFC 3339), or milliseconds since 1970
 * @throws RangeError when a value is no point in time
 */
export function timestamptzArray(values: Nullable<string | number>): Buffer {
  return fixedWidthArray(OID.timestamptz, 8, values, (target, offset, value) => {
    const ms = typeof value === 'number' ? value : Date.parse(value);
    target.writeBigInt64BE(BigInt(ms - POSTGRES_EPOCH_MS) * 1000n, offset);
  });
}

/** PostgreSQL refuses text that holds the character U+0000. */
export function textArray(values: Nullable<string>): Buffer {
  return textualArray(OID.text, values);
}

/** @param values JSON texts */
export function jsonArray(values: Nullable<string>): Buffer {
  return textualArray(OID.json, values);
}

/** @param values JSON texts */
export function jsonbArray(values: Nullable<string>): Buffer {
  return textualArray(OID.jsonb, values, JSONB_VERSION);
}

function fixedWidthArray<T>(
  oid: number,
  width: number,
  values: Nullable<T>,
  write: (target: Buffer, offset: number, value: T) => void,
): Buffer {
  const target = Buffer.allocUnsafe(HEADER_BYTES + values.length * (4 + width));
  let nulls = 0;
  let offset = HEADER_BYTES;
  for (const value of values) {
    if (value === null || value === undefined) {
      offset = target.writeInt32BE(NULL_LENGTH, offset);
      nulls += 1;
    } else {
      offset = target.writeInt32BE(width, offset);
      write(target, offset, value);
      offset += width;
    }
  }
  return withHeader(target.subarray(0, offset), oid, values.length, nulls > 0);
}

function textualArray(oid: number, values: Nullable<string>, prefix?: number): Buffer {
  const prefixBytes = prefix === undefined ? 0 : 1;
  let bytes = HEADER_BYTES;
  for (const value of values) bytes += 4 + prefixBytes + (value ? Buffer.byteLength(value) : 0);
  const target = Buffer.allocUnsafe(bytes);
  let nulls = 0;
  let offset = HEADER_BYTES;
  for (const value of values) {
    if (value === null || value === undefined) {
      offset = target.writeInt32BE(NULL_LENGTH, offset);
      nulls += 1;
    } else {
      const start = offset + 4;
      if (prefix !== undefined) target.writeUInt8(prefix, start);
      const end = start + prefixBytes + target.write(value, start + prefixBytes);
      target.writeInt32BE(end - start, offset);
      offset = end;
    }
  }
  return withHeader(target.subarray(0, offset), oid, values.length, nulls > 0);
}

/** Dimensions, whether there are nulls, element type, length of the one dimension, its lower bound. */
function withHeader(target: Buffer, oid: number, length: number, hasNulls: boolean): Buffer {
  target.writeInt32BE(1, 0);
  target.writeInt32BE(hasNulls ? 1 : 0, 4);
  target.writeInt32BE(oid, 8);
  target.writeInt32BE(length, 12);
  target.writeInt32BE(1, 16);
  return target;
}
