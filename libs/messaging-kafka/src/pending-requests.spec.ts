import { createRequire } from 'node:module';
import './pending-requests.js';

interface Queue {
  /** Of the next look. */
  readonly throttleCheckTimeoutId: NodeJS.Timeout | null;
  push(request: { entry: object; expectResponse: boolean; sendRequest: () => void }): void;
  fulfillRequest(answer: { correlationId: number }): void;
  maybeThrottle(forMs: number): void;
}

/** The requests of one connection. */
function aQueue(): Queue {
  const RequestQueue = createRequire(import.meta.url)('kafkajs/src/network/requestQueue/index.js') as {
    new (options: object): Queue;
  };
  return new RequestQueue({ requestTimeout: 1000, enforceRequestTimeout: false, logger: { debug: () => undefined } });
}

/** Resolves when it is on its way. */
function sent(queue: Queue, correlationId: number): Promise<void> {
  const entry = { correlationId, resolve: () => undefined };
  return new Promise((sendRequest) => queue.push({ entry, expectResponse: true, sendRequest }));
}

describe('A connection of kafkajs', () => {
  it('is left alone while no request is held back', async () => {
    const queue = aQueue();
    await sent(queue, 1);
    queue.fulfillRequest({ correlationId: 1 });
    expect(queue.throttleCheckTimeoutId).toBeNull();
  });

  it('sends what a quota holds back when its time has come, and is left alone again', async () => {
    const queue = aQueue();
    queue.maybeThrottle(30);
    const held = Promise.all([sent(queue, 1), sent(queue, 2)]);
    expect(queue.throttleCheckTimeoutId).not.toBeNull();
    await held;
    queue.fulfillRequest({ correlationId: 1 });
    queue.fulfillRequest({ correlationId: 2 });
    expect(queue.throttleCheckTimeoutId).toBeNull();
  });
});
