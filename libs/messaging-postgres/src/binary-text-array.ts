const TEXT_OID = 25;
const HEADER_BYTES = 20;
const NULL = -1;

/**
 * Encodes strings as PostgreSQL's binary `text[]` (src/backend/utils/adt/arrayfuncs.c, array_send). The driver sends a
 * Buffer as a binary parameter; the text form, which it uses for arrays, has to be escaped here and parsed there.
 */
export function binaryTextArray(values: readonly (string | null | undefined)[]): Buffer {
  let bytes = HEADER_BYTES;
  for (const value of values) bytes += 4 + (value == null ? 0 : Buffer.byteLength(value));
  const buffer = Buffer.allocUnsafe(bytes);
  buffer.writeInt32BE(values.length === 0 ? 0 : 1, 0); // dimensions
  buffer.writeInt32BE(1, 4); // may have nulls
  buffer.writeInt32BE(TEXT_OID, 8);
  if (values.length === 0) return buffer.subarray(0, 12);
  buffer.writeInt32BE(values.length, 12);
  buffer.writeInt32BE(1, 16); // lower bound
  let offset = HEADER_BYTES;
  for (const value of values) {
    if (value == null) {
      offset = buffer.writeInt32BE(NULL, offset);
      continue;
    }
    const written = buffer.write(value, offset + 4);
    buffer.writeInt32BE(written, offset);
    offset += 4 + written;
  }
  return buffer;
}
