import { describe, expect, it } from '@jest/globals';
import type { MessageBroker } from '../broker.js';
import { UnavailableError } from '../errors.js';
import { Collector } from './collector.js';
import { eventually } from './eventually.js';
import type { Harness, Suite } from './harness.js';
import { aMessage, aQueue } from './messages.js';

function isAway(broker: MessageBroker): Promise<boolean> {
  return broker.ping().then(
    () => false,
    () => true,
  );
}

/** Senders that go on until they are told to stop; what was acknowledged, and how the others failed. */
function sendContinuously(harness: Harness, queue: string) {
  const broker = harness.connect();
  const acknowledged: string[] = [];
  const failures: unknown[] = [];
  let running = true;
  const senders = Array.from({ length: 8 }, async () => {
    while (running) {
      const message = aMessage();
      try {
        await broker.queue(queue).send([message]);
        acknowledged.push(message.id);
      } catch (error) {
        failures.push(error);
      }
    }
  });
  const stop = async (): Promise<void> => {
    running = false;
    await Promise.all(senders);
    await broker.close();
  };
  return { acknowledged, failures, stop };
}

export function outageCases({ broker, harness }: Suite): void {
  describe('a server that fails', () => {
    it.each(['restart', 'crash'] as const)(
      'loses nothing that it acknowledged: %s while messages are sent',
      async (fault) => {
        const name = await aQueue(broker());
        const collector = new Collector();
        const consumer = broker().queue(name).consume(collector.handler, { visibilityTimeoutMs: 1000 });
        const { acknowledged, failures, stop } = sendContinuously(harness(), name);
        await eventually(() => acknowledged.length > 200, 'some messages before the fault');
        await harness().server[fault]();
        const before = acknowledged.length;
        await eventually(() => acknowledged.length > before + 200, 'some messages after the fault');
        await stop();
        expect(failures.filter((error) => !(error instanceof UnavailableError))).toEqual([]);
        await eventually(() => {
          const received = new Set(collector.ids);
          return acknowledged.every((id) => received.has(id));
        }, 'every acknowledged message');
        await consumer.stop(5000);
      },
    );

    it('lets an idle consumer find its way back by itself', async () => {
      const queue = broker().queue(await aQueue(broker()));
      const collector = new Collector();
      const consumer = queue.consume(collector.handler);
      await queue.send([aMessage()]);
      await collector.untilCount(1);
      for (let round = 2; round <= 4; round += 1) {
        const restarted = harness().server.restart();
        await eventually(() => isAway(broker()), 'the server to be away');
        // Stored as soon as the server is back, which may be before the consumer is.
        await Promise.all([restarted, queue.send([aMessage()])]);
        await collector.untilCount(round, 5000);
      }
      await consumer.stop(5000);
    });

    it('is unavailable in time when it does not answer, and available again when it does', async () => {
      const name = await aQueue(broker());
      const other = harness().connect({ sendTimeoutMs: 600 });
      await other.queue(name).send([aMessage()]);
      harness().server.freeze();
      try {
        const startedAt = performance.now();
        const attempts = [other.queue(name).send([aMessage()]), other.ping()];
        for (const outcome of await Promise.allSettled(attempts)) {
          expect(outcome).toMatchObject({ status: 'rejected', reason: expect.any(UnavailableError) });
        }
        expect(performance.now() - startedAt).toBeLessThan(3000);
      } finally {
        harness().server.thaw();
      }
      await eventually(async () => !(await isAway(other)), 'the server to answer again');
      await other.queue(name).send([aMessage()]);
      await other.close();
    });
  });
}
