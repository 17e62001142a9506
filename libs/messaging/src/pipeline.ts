import type { BatchHandler } from './broker.js';
import type { MessageContract } from './contract.js';
import type { UnavailableError } from './errors.js';
import { bisect } from './middleware/bisect.js';
import { checkContracts } from './middleware/check-contracts.js';
import { dispatchByName } from './middleware/dispatch.js';
import { invoke, type MessageHandler } from './middleware/invoke.js';
import { compose } from './middleware/middleware.js';
import { observe, type BatchObservation } from './middleware/observe.js';
import { redeliverWithBackoff, type BackoffOptions } from './middleware/redeliver-with-backoff.js';
import { releaseWhenUnavailable } from './middleware/release-when-unavailable.js';
import { retry, type RetryOptions } from './middleware/retry.js';

export interface PipelineOptions {
  readonly queue: string;
  readonly handlers: readonly { readonly contract: MessageContract; readonly handle: MessageHandler }[];
  readonly onBatch: (observation: BatchObservation) => void;
  readonly onUnavailable: (error: UnavailableError) => void;
  /** Pause of the consumer while a dependency is away. Default 500. */
  readonly unavailablePauseMs?: number;
  readonly retry?: RetryOptions;
  readonly backoff?: BackoffOptions;
}

/** The failure policy of every consumer, outermost first. */
export function createPipeline(options: PipelineOptions): BatchHandler {
  const contracts = options.handlers.map(({ contract }) => contract);
  const handlers = options.handlers.map(({ contract, handle }): [string, BatchHandler] => [
    contract.name,
    compose(
      [
        bisect(),
        releaseWhenUnavailable(options.unavailablePauseMs ?? 500, options.onUnavailable),
        retry(options.retry),
      ],
      invoke(handle),
    ),
  ]);
  return compose(
    [observe(options.queue, options.onBatch), redeliverWithBackoff(options.backoff), checkContracts(contracts)],
    dispatchByName(new Map(handlers)),
  );
}
