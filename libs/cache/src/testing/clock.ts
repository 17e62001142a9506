/** Time that passes when it is told to, in milliseconds. */
export function aClock(): { now: () => number; elapse: (ms: number) => void } {
  let nowMs = 0;
  return {
    now: () => nowMs,
    elapse: (ms) => void (nowMs += ms),
  };
}
