import { describe, expect, it } from '@jest/globals';
import { DONE } from '../broker.js';
import { Collector, gate } from './collector.js';
import type { Suite } from './harness.js';
import { aMessage, aQueue, messages } from './messages.js';

export function shutdownCases({ broker, harness }: Suite): void {
  describe('shutdown', () => {
    it('finishes and settles the running batch, and takes no other', async () => {
      const queue = broker().queue(await aQueue(broker()));
      await queue.send(messages(10, () => ({ groupKey: 'g' })));
      const hold = gate();
      const first = new Collector(() => hold.opened.then(() => DONE));
      const consumer = queue.consume(first.handler, { maxMessages: 4 });
      await first.untilCount(4);
      const stopped = consumer.stop(10_000);
      hold.open();
      await stopped;
      expect(first.indexes).toEqual([0, 1, 2, 3]);
      const second = new Collector();
      const successor = queue.consume(second.handler);
      await second.untilCount(6);
      await successor.stop(5000);
      expect(second.indexes).toEqual([4, 5, 6, 7, 8, 9]);
      expect(second.deliveries.every(({ receiveCount }) => receiveCount === 1)).toBe(true);
    });

    it('stops an idle consumer at once', async () => {
      const queue = broker().queue(await aQueue(broker()));
      const collector = new Collector();
      const consumer = queue.consume(collector.handler);
      await queue.send([aMessage()]);
      await collector.untilCount(1);
      const startedAt = performance.now();
      await consumer.stop(5000);
      expect(performance.now() - startedAt).toBeLessThan(4000);
    });

    it('gives up at the deadline, and the unfinished is delivered again', async () => {
      const queue = broker().queue(await aQueue(broker()));
      await queue.send([aMessage()]);
      const hold = gate();
      const stuck = new Collector(() => hold.opened.then(() => DONE));
      const consumer = queue.consume(stuck.handler, { visibilityTimeoutMs: 600 });
      await stuck.untilCount(1);
      await expect(consumer.stop(50)).rejects.toThrow();
      const second = new Collector();
      const successor = queue.consume(second.handler);
      await second.untilCount(1);
      await successor.stop(5000);
      hold.open();
      expect(second.ids).toEqual(stuck.ids);
    });

    it('sends what is buffered before it closes', async () => {
      const name = await aQueue(broker());
      const other = harness().connect();
      const sends = messages(300).map((message) => other.queue(name).send([message]));
      await other.close();
      await Promise.all(sends);
      const collector = new Collector();
      const consumer = broker().queue(name).consume(collector.handler);
      await collector.untilCount(300);
      await consumer.stop(5000);
      expect(collector.deliveries).toHaveLength(300);
    });
  });
}
