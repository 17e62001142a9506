import type { MessageBroker } from '../broker.js';

/** What an adapter can do beyond the ports' guarantees. The cases of a feature that is not declared do not run. */
export interface BrokerFeatures {
  /** `delayMs` of single messages. */
  readonly delay: boolean;
  /** `deduplicationId`. */
  readonly deduplication: boolean;
  /** A batch belongs to its consumer for the visibility timeout, and a late settlement has no effect. */
  readonly visibilityTimeout: boolean;
  /** A message that kills its consumers is dead-lettered, and no other with it. */
  readonly crashLoopProtection: boolean;
  /** `wants` soon tells that an event is unwanted; otherwise it may always say yes. */
  readonly interest: boolean;
}

export interface ConnectOptions {
  readonly sendTimeoutMs?: number;
  readonly maxBufferedMessages?: number;
}

/** One running broker, and what the suite does to it. */
export interface Harness {
  /** A connection of its own, as another process would have it. The suite closes it. */
  connect(options?: ConnectOptions): MessageBroker;
  /** A built program that calls `runConsumerProgram`; the suite starts it as a process, and kills it. */
  readonly consumerProgram: { readonly file: string; readonly env: Readonly<Record<string, string>> };
  readonly server: ServerControl;
  /** Ends the broker. */
  stop(): Promise<void>;
}

/** Faults of the broker's server. */
export interface ServerControl {
  /** Orderly shutdown and start. */
  restart(): Promise<void>;
  /** SIGKILL and start. */
  crash(): Promise<void>;
  /** The server stops to answer, but keeps its connections; until {@link thaw}. */
  freeze(): void;
  thaw(): void;
}

/** What each theme gets: the harness exists only once the tests run. */
export interface Suite {
  readonly features: BrokerFeatures;
  readonly takeoverMs: number;
  harness(): Harness;
  /** The connection that most cases share. */
  broker(): MessageBroker;
}
