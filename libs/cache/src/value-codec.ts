/** How a value becomes text. */
export interface ValueCodec<Value> {
  readonly encode: (value: Value) => string;
  readonly decode: (text: string) => Value;
}

/** What is kept for "the store has none"; every value starts with {@link PRESENT} instead. */
const ABSENT = '-';
const PRESENT = '+';

export function toText<Value>(codec: ValueCodec<Value>, value: Value | undefined): string {
  return value === undefined ? ABSENT : PRESENT + codec.encode(value);
}

/** @throws what the codec throws, and an Error for text of another origin */
export function fromText<Value>(codec: ValueCodec<Value>, text: string): Value | undefined {
  if (text === ABSENT) return undefined;
  if (!text.startsWith(PRESENT)) throw new Error('the cache holds text that was not written by this code');
  return codec.decode(text.slice(PRESENT.length));
}
