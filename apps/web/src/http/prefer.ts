/** An answer may take as long as an upstream may take (29 s), so no wait is longer. */
export const MAX_WAIT_SECONDS = 29;

const WAIT = /(?:^|[,;\s])wait\s*=\s*"?(\d{1,9})"?\s*(?:$|[,;])/i;

/**
 * How long the client is ready to wait, from its `Prefer` header (RFC 7240, `wait=<seconds>`); `undefined` without one.
 * @returns seconds, at most {@link MAX_WAIT_SECONDS}
 */
export function preferredWaitSeconds(prefer: string | undefined): number | undefined {
  const seconds = prefer === undefined ? undefined : WAIT.exec(prefer)?.[1];
  return seconds === undefined ? undefined : Math.min(Number(seconds), MAX_WAIT_SECONDS);
}
