const BEGINNING = /^\{"id":"[^"\\]*","name":"([^"\\]*)"/;
const PEEKED_BYTES = 200;

/** The name in an envelope, read without the rest where it begins as `encodeMessage` writes it; else undefined. */
export function peekName(envelope: Buffer): string | undefined {
  return BEGINNING.exec(envelope.toString('utf8', 0, PEEKED_BYTES))?.[1];
}
