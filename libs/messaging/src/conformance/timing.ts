import { describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { DONE } from '../broker.js';
import { Collector } from './collector.js';
import { eventually } from './eventually.js';
import type { Suite } from './harness.js';
import { aMessage, aQueue, indexOf, messages } from './messages.js';

/** Delay, deduplication, visibility: each where the adapter declares it. */
export function timingCases({ broker, features }: Suite): void {
  (features.delay ? describe : describe.skip)('delay', () => {
    it('delivers a delayed message after its delay, and others meanwhile', async () => {
      const queue = broker().queue(await aQueue(broker()));
      const collector = new Collector();
      const consumer = queue.consume(collector.handler);
      const startedAt = performance.now();
      await queue.send([aMessage({ body: { index: 0 }, delayMs: 500 }), aMessage({ body: { index: 1 } })]);
      await collector.untilCount(1);
      expect(collector.indexes).toEqual([1]);
      await collector.untilCount(2);
      expect(performance.now() - startedAt).toBeGreaterThanOrEqual(500);
      expect(performance.now() - startedAt).toBeLessThan(3000);
      await consumer.stop(5000);
    });

    it('keeps the order of a group behind a delayed message', async () => {
      const queue = broker().queue(await aQueue(broker()));
      const sent = messages(3, (index) => ({ groupKey: 'g', ...(index === 0 && { delayMs: 300 }) }));
      const collector = new Collector();
      const consumer = queue.consume(collector.handler);
      await queue.send(sent);
      await collector.untilCount(3);
      await consumer.stop(5000);
      expect(collector.indexes).toEqual([0, 1, 2]);
    });

    it('keeps that order however receiving and sending interleave', async () => {
      const queue = broker().queue(await aQueue(broker()));
      const collector = new Collector();
      const consumer = queue.consume(collector.handler, { concurrency: 3, lingerMs: 0 });
      for (let group = 0; group < 300; group += 1) {
        await queue.send(messages(2, (index) => ({ groupKey: `g${group}`, ...(index === 0 && { delayMs: 10 }) })));
      }
      await collector.untilCount(600);
      await consumer.stop(5000);
      const firsts = new Set<string>();
      for (const { message } of collector.deliveries) {
        if (indexOf(message.body) === 0) firsts.add(message.groupKey!);
        else expect(firsts).toContain(message.groupKey);
      }
    });

    it('keeps a failed message away for the delay that its settlement names', async () => {
      const queue = broker().queue(await aQueue(broker()));
      const times: number[] = [];
      const collector = new Collector(() => {
        times.push(performance.now());
        return times.length === 1 ? { kind: 'failed', error: new Error('once'), delayMs: 400 } : DONE;
      });
      await queue.send([aMessage()]);
      const consumer = queue.consume(collector.handler);
      await collector.untilCount(2);
      await consumer.stop(5000);
      expect(times[1]! - times[0]!).toBeGreaterThanOrEqual(390);
    });
  });

  (features.deduplication ? describe : describe.skip)('deduplication', () => {
    it('accepts and does not deliver a second message with the same deduplication id', async () => {
      const queue = broker().queue(await aQueue(broker()));
      const collector = new Collector();
      const consumer = queue.consume(collector.handler);
      await queue.send([
        aMessage({ body: { index: 0 }, deduplicationId: 'a' }),
        aMessage({ body: { index: 1 }, deduplicationId: 'a' }),
        aMessage({ body: { index: 2 }, deduplicationId: 'b' }),
      ]);
      await collector.untilCount(2);
      await queue.send([aMessage({ body: { index: 3 }, deduplicationId: 'a' }), aMessage({ body: { index: 4 } })]);
      await collector.untilCount(3);
      await consumer.stop(5000);
      expect(collector.indexes).toEqual([0, 2, 4]);
    });

    it('lets one of many concurrent sends with the same deduplication id through', async () => {
      const queue = broker().queue(await aQueue(broker()));
      await Promise.all(messages(50, () => ({ deduplicationId: 'same' })).map((message) => queue.send([message])));
      await queue.send([aMessage({ body: { index: 99 } })]);
      const collector = new Collector();
      const consumer = queue.consume(collector.handler);
      await collector.untilCount(2);
      await consumer.stop(5000);
      expect(collector.indexes).toEqual([expect.any(Number), 99]);
    });

    it('keeps the ids of different queues apart', async () => {
      const queues = [await aQueue(broker()), await aQueue(broker())].map((name) => broker().queue(name));
      const collector = new Collector();
      for (const queue of queues) await queue.send([aMessage({ deduplicationId: 'same' })]);
      const consumers = queues.map((queue) => queue.consume(collector.handler));
      await collector.untilCount(2);
      await Promise.all(consumers.map((consumer) => consumer.stop(5000)));
    });
  });

  (features.visibilityTimeout ? describe : describe.skip)('visibility', () => {
    it('keeps a batch hidden while its handler runs, however long', async () => {
      const queue = broker().queue(await aQueue(broker()));
      await queue.send([aMessage()]);
      let finished = 0;
      // Longer than the visibility timeout several times over: nothing else can show that it was extended.
      const slow = new Collector(async () => {
        await sleep(1500);
        finished += 1;
        return DONE;
      });
      const consumers = [1, 2].map(() => queue.consume(slow.handler, { visibilityTimeoutMs: 300 }));
      await eventually(() => finished > 0, 'the slow handler to finish');
      await Promise.all(consumers.map((consumer) => consumer.stop(10_000)));
      expect(slow.deliveries).toHaveLength(1);
    });
  });
}
