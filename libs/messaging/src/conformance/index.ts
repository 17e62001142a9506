import { afterAll, beforeAll, describe } from '@jest/globals';
import type { MessageBroker } from '../broker.js';
import { batchingCases } from './batching.js';
import { crashCases } from './crashes.js';
import { deadLetterCases } from './dead-letters.js';
import { deliveryCases } from './delivery.js';
import { filterPolicyCases } from './filter-policies.js';
import { groupCases } from './groups.js';
import type { BrokerFeatures, Harness, Suite } from './harness.js';
import { interestCases } from './interest.js';
import { outageCases } from './outages.js';
import { shutdownCases } from './shutdown.js';
import { timingCases } from './timing.js';
import { topicCases } from './topics.js';

export type { BrokerFeatures, ConnectOptions, Harness, ServerControl } from './harness.js';
export { aMessage, indexOf, messages } from './messages.js';

export interface ConformanceOptions {
  readonly features: BrokerFeatures;
  /**
   * How long others wait at least before they take over from a consumer that died, where that does not follow from its
   * visibility timeout. Default 0.
   */
  readonly takeoverMs?: number;
  /** Starts a broker for the suite. */
  start(): Promise<Harness>;
}

/** The guarantees of the ports, as tests. Every adapter passes them. */
export function describeBroker(name: string, options: ConformanceOptions): void {
  describe(name, () => {
    let harness: Harness | undefined;
    let broker: MessageBroker | undefined;
    const suite: Suite = {
      features: options.features,
      takeoverMs: options.takeoverMs ?? 0,
      harness: () => started(harness),
      broker: () => started(broker),
    };

    beforeAll(async () => {
      harness = await options.start();
      broker = harness.connect();
    });
    afterAll(async () => {
      await broker?.close();
      await harness?.stop();
    });

    deliveryCases(suite);
    shutdownCases(suite);
    timingCases(suite);
    groupCases(suite);
    deadLetterCases(suite);
    topicCases(suite);
    filterPolicyCases(suite);
    interestCases(suite);
    batchingCases(suite);
    crashCases(suite);
    outageCases(suite);
  });
}

function started<Part>(part: Part | undefined): Part {
  if (part === undefined) throw new Error('the broker did not start');
  return part;
}
