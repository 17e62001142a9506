/** How a message beyond the committed offset stands. */
export interface Standing {
  readonly done: boolean;
  /** Deliveries that counted, the running one included. */
  readonly attempts: number;
  /** Those of them, in succession, that end with the death of the consumer when it dies now. */
  readonly lost: number;
}

export interface DecodedProgress {
  /** When the message at the offset was sent; undefined when its consumer did not hold it. */
  readonly sinceMs: number | undefined;
  readonly standings: ReadonlyMap<number, Standing>;
}

/** Kafka's limit for the text that goes with a committed offset (`offset.metadata.max.bytes`). */
const MAX_BYTES = 4096;
const VERSION = '1';

/**
 * The text that is committed with an offset: what the next owner of the partition must know about the messages from there
 * on, as runs of neighbours that stand alike, and since when the first one waits. `1@1mfk2x1n0c;0-dv:1.1;dy` says: the first
 * 500 are being delivered, for the first time; the 502nd is done. Numbers are in base 36, offsets relative to the committed.
 *
 * What does not fit is left out from the end: such messages are delivered again, or for the first time once more.
 */
export function encodeProgress(
  base: number,
  sinceMs: number | undefined,
  standings: Iterable<readonly [offset: number, standing: Standing]>,
): string {
  let text = sinceMs === undefined ? VERSION : `${VERSION}@${sinceMs.toString(36)}`;
  let first = -1;
  let last = -1;
  let suffix: string | undefined;
  const flush = (): boolean => {
    if (suffix === undefined) return true;
    const range =
      last > first ? `${(first - base).toString(36)}-${(last - base).toString(36)}` : (first - base).toString(36);
    if (text.length + range.length + suffix.length + 1 > MAX_BYTES) return false;
    text += `;${range}${suffix}`;
    return true;
  };
  for (const [offset, standing] of standings) {
    const next = suffixOf(standing);
    if (next === suffix && offset === last + 1) {
      last = offset;
      continue;
    }
    if (!flush()) return text;
    first = offset;
    last = offset;
    suffix = next;
  }
  flush();
  return text === VERSION ? '' : text;
}

/** Undefined for a message that was never delivered: there is nothing to say. */
function suffixOf({ done, attempts, lost }: Standing): string | undefined {
  if (done) return '';
  return attempts > 0 ? `:${attempts}.${lost}` : undefined;
}

const RUN = /^([0-9a-z]+)(?:-([0-9a-z]+))?(?::(\d+)\.(\d+))?$/;

/** What {@link encodeProgress} wrote; empty for a text of another kind. */
export function decodeProgress(base: number, text: string): DecodedProgress {
  const standings = new Map<number, Standing>();
  const [head = '', ...runs] = text.split(';');
  const [version, since] = head.split('@');
  if (version !== VERSION) return { sinceMs: undefined, standings };
  const sinceMs = since === undefined ? undefined : parseInt(since, 36);
  for (const run of runs) {
    const [, first, last = first, attempts, lost] = RUN.exec(run) ?? [];
    if (first === undefined || last === undefined) break;
    const standing = { done: attempts === undefined, attempts: Number(attempts ?? 0), lost: Number(lost ?? 0) };
    for (let offset = parseInt(first, 36); offset <= parseInt(last, 36); offset += 1)
      standings.set(base + offset, standing);
  }
  return { sinceMs, standings };
}
