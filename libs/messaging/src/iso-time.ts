let lastMs = Number.NaN;
let lastText = '';

/**
 * RFC 3339 UTC of a Unix time in milliseconds. Under load many messages are made within a millisecond, and the text costs
 * more than most of what else a message needs, so that of the last time is kept.
 */
export function isoTime(ms: number): string {
  if (ms !== lastMs) {
    lastText = new Date(ms).toISOString();
    lastMs = ms;
  }
  return lastText;
}
