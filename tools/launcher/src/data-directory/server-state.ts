import type { ProcessIdentity } from '@looseleaf/infra';

/** A server that stands behind services, as it is kept in a state file. */
export interface ServerState {
  readonly name: string;
  readonly kind: 'postgresql' | 'kafka' | 'redis' | 's3' | 'toxiproxy';
  /** Missing between its end and its restart. */
  readonly process?: ProcessIdentity;
  /** `host:port` */
  readonly address: string;
  /** Since it was started first. */
  readonly restarts: number;
  readonly logFile: string;
}
