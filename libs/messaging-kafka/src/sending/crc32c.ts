/** CRC-32C (Castagnoli), as record batches have it. Eight bytes at a time, with a table for each of their places. */
const POLYNOMIAL = 0x82f63b78;
const TABLES = Array.from({ length: 8 }, () => new Int32Array(256));
for (let byte = 0; byte < 256; byte += 1) {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1;
  TABLES[0]![byte] = value;
}
for (let place = 1; place < 8; place += 1) {
  for (let byte = 0; byte < 256; byte += 1) {
    const before = TABLES[place - 1]![byte]!;
    TABLES[place]![byte] = TABLES[0]![before & 0xff]! ^ (before >>> 8);
  }
}
const [T0, T1, T2, T3, T4, T5, T6, T7] = TABLES as [
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
];

/** Of the bytes from `start` to `end`. */
export function crc32c(bytes: Uint8Array, start: number, end: number): number {
  let crc = -1;
  let at = start;
  for (; at + 8 <= end; at += 8) {
    crc =
      T7[(crc ^ bytes[at]!) & 0xff]! ^
      T6[((crc >>> 8) ^ bytes[at + 1]!) & 0xff]! ^
      T5[((crc >>> 16) ^ bytes[at + 2]!) & 0xff]! ^
      T4[(crc >>> 24) ^ bytes[at + 3]!]! ^
      T3[bytes[at + 4]!]! ^
      T2[bytes[at + 5]!]! ^
      T1[bytes[at + 6]!]! ^
      T0[bytes[at + 7]!]!;
  }
  for (; at < end; at += 1) crc = T0[(crc ^ bytes[at]!) & 0xff]! ^ (crc >>> 8);
  return ~crc >>> 0;
}
