import { describe, expect, it } from '@jest/globals';
import { DONE } from '../broker.js';
import { MessagingConfigurationError, UnavailableError } from '../errors.js';
import { Collector, gate } from './collector.js';
import { eventually } from './eventually.js';
import type { Suite } from './harness.js';
import { aMessage, aQueue, messages, uniqueName } from './messages.js';

export function deliveryCases({ broker, harness }: Suite): void {
  describe('delivery', () => {
    it('delivers a message once, as it was sent', async () => {
      const queue = broker().queue(await aQueue(broker()));
      const sent = aMessage({
        groupKey: 'größe/1',
        body: { text: 'naïve 🧾 "quoted" \\ \u0000', list: [1, null], nested: { deep: true } },
        headers: { correlationId: 'c-1', traceparent: '00-1-2-01' },
      });
      await queue.send([sent]);
      const collector = new Collector();
      const consumer = queue.consume(collector.handler);
      await collector.untilCount(1);
      await consumer.stop(5000);
      expect(collector.deliveries).toEqual([{ message: sent, receiveCount: 1, sentAt: expect.any(Date) }]);
      expect(Math.abs(collector.deliveries[0]!.sentAt.getTime() - Date.now())).toBeLessThan(10_000);
    });

    it('gives each message to one of several competing consumers', async () => {
      const name = await aQueue(broker());
      const collector = new Collector();
      const others = [harness().connect(), harness().connect()];
      for (const other of others) {
        other.queue(name).consume(collector.handler, { maxMessages: 20, concurrency: 2, lingerMs: 0 });
      }
      const sent = messages(1000);
      for (let from = 0; from < sent.length; from += 100)
        await broker()
          .queue(name)
          .send(sent.slice(from, from + 100));
      await collector.untilCount(sent.length);
      await Promise.all(others.map((other) => other.close()));
      expect(collector.ids.sort()).toEqual(sent.map(({ id }) => id).sort());
    });

    it('hands a message to an idle consumer promptly', async () => {
      const queue = broker().queue(await aQueue(broker()));
      const collector = new Collector();
      const consumer = queue.consume(collector.handler);
      const latenciesMs: number[] = [];
      for (let count = 1; count <= 10; count += 1) {
        const startedAt = performance.now();
        await queue.send([aMessage()]);
        await collector.untilCount(count);
        latenciesMs.push(performance.now() - startedAt);
      }
      await consumer.stop(5000);
      // A consumer that polls would need half of its interval on average; the bound leaves room for a busy machine.
      expect(latenciesMs.sort((a, b) => a - b)[5]).toBeLessThan(1000);
    });

    it('delivers again when the handler rejects, and counts', async () => {
      const queue = broker().queue(await aQueue(broker()));
      let attempts = 0;
      const collector = new Collector(() => {
        attempts += 1;
        if (attempts < 3) throw new Error('not yet');
        return DONE;
      });
      await queue.send([aMessage()]);
      const consumer = queue.consume(collector.handler);
      await collector.untilCount(3);
      await consumer.stop(5000);
      expect(collector.deliveries.map(({ receiveCount }) => receiveCount)).toEqual([1, 2, 3]);
    });

    it('does not count a released message as tried', async () => {
      const queue = broker().queue(await aQueue(broker(), { maxReceiveCount: 2 }));
      let deliveries = 0;
      const collector = new Collector(() => ((deliveries += 1) < 5 ? { kind: 'released', delayMs: 20 } : DONE));
      await queue.send([aMessage()]);
      const consumer = queue.consume(collector.handler);
      await collector.untilCount(5);
      await consumer.stop(5000);
      expect(collector.deliveries.map(({ receiveCount }) => receiveCount)).toEqual([1, 1, 1, 1, 1]);
    });

    it('pauses a consumer that released a whole batch', async () => {
      const queue = broker().queue(await aQueue(broker()));
      const handledAt: number[] = [];
      const collector = new Collector(() => {
        handledAt.push(performance.now());
        return handledAt.length === 1 ? { kind: 'released', delayMs: 400 } : DONE;
      });
      const consumer = queue.consume(collector.handler);
      await queue.send([aMessage()]);
      await collector.untilCount(1);
      await queue.send([aMessage()]);
      await collector.untilCount(3);
      await consumer.stop(5000);
      expect(handledAt[1]! - handledAt[0]!).toBeGreaterThanOrEqual(390);
    });

    it('refuses a queue that nobody declared, by name', async () => {
      const name = uniqueName('undeclared');
      await expect(broker().queue(name).send([aMessage()])).rejects.toThrow(name);
    });

    it('tells how much waits, is in flight, and how old it is', async () => {
      const name = await aQueue(broker());
      const queue = broker().queue(name);
      const hold = gate();
      await queue.send(messages(25));
      const handled = new Collector(() => hold.opened.then(() => DONE));
      const consumer = queue.consume(handled.handler, { maxMessages: 10 });
      await handled.untilCount(10);
      const stats = (await broker().administration.stats()).find((each) => each.queue === name);
      expect(stats).toMatchObject({ depth: 15, inFlight: 10, deadLettered: 0 });
      expect(stats!.oldestAgeMs).toBeGreaterThan(0);
      hold.open();
      await handled.untilCount(25);
      await consumer.stop(5000);
      await eventually(async () => {
        const after = (await broker().administration.stats()).find((each) => each.queue === name);
        return after!.depth === 0 && after!.inFlight === 0 && after!.oldestAgeMs === 0;
      }, 'an empty queue');
    });

    it('answers a ping, and is unavailable after it was closed', async () => {
      const other = harness().connect();
      await other.ping();
      await other.close();
      await expect(other.ping()).rejects.toThrow(UnavailableError);
    });

    it('answers a ping for queues that are there, and for no others', async () => {
      const name = await aQueue(broker());
      await broker().ping([name]);
      await expect(broker().ping([name, `${name}-missing`])).rejects.toThrow(MessagingConfigurationError);
    });
  });
}
