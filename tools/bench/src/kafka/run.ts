export const MESSAGES_PER_SEND = 500;
export const CONCURRENT_SENDS = 4;
export const PARTITIONS = 6;

/** What the same work costs in both ways. */
export interface Run {
  readonly seconds: number;
  readonly cpuSeconds: number;
}
