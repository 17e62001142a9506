import { describe, expect, it } from '@jest/globals';
import { DONE, type Settlement } from '../broker.js';
import type { MessageContract } from '../contract.js';
import { UnavailableError } from '../errors.js';
import { createPipeline } from '../pipeline.js';
import { Collector, gate } from './collector.js';
import { eventually } from './eventually.js';
import type { Suite } from './harness.js';
import { aMessage, aQueue, indexOf, messages } from './messages.js';

const anything: MessageContract = {
  kind: 'command',
  name: 'thing.happened',
  version: 1,
  channel: '',
  schema: { safeParse: (data) => ({ success: true, data }) },
  groupKey: () => '',
};

export function batchingCases({ broker, harness }: Suite): void {
  describe('batching', () => {
    it('stores concurrent sends of many callers, each once', async () => {
      const queue = broker().queue(await aQueue(broker()));
      const sent = messages(3000);
      await Promise.all(sent.map((message) => queue.send([message])));
      const collector = new Collector();
      const consumer = queue.consume(collector.handler);
      await collector.untilCount(sent.length);
      await consumer.stop(5000);
      expect(collector.ids.sort()).toEqual(sent.map(({ id }) => id).sort());
    });

    it('hands over no more than was asked for, and fills batches', async () => {
      const queue = broker().queue(await aQueue(broker()));
      await queue.send(messages(250));
      const collector = new Collector();
      const consumer = queue.consume(collector.handler, { maxMessages: 100 });
      await collector.untilCount(250);
      await consumer.stop(5000);
      expect(collector.batches.map((batch) => batch.length)).toEqual([100, 100, 50]);
    });

    it('fails the caller of a message that cannot be stored, and no other', async () => {
      const queue = broker().queue(await aQueue(broker()));
      const tooLarge = aMessage({ body: 'x'.repeat(64 * 1024 * 1024) });
      const outcomes = await Promise.allSettled([
        ...messages(20).map((message) => queue.send([message])),
        queue.send([tooLarge]),
        queue.send([aMessage({ groupKey: 'nul\0' })]),
        ...messages(20, (index) => ({ body: { index: 20 + index } })).map((message) => queue.send([message])),
      ]);
      expect(outcomes.map(({ status }) => status)).toEqual([
        ...Array<string>(20).fill('fulfilled'),
        'rejected',
        'rejected',
        ...Array<string>(20).fill('fulfilled'),
      ]);
      const collector = new Collector();
      const consumer = queue.consume(collector.handler);
      await collector.untilCount(40);
      await consumer.stop(5000);
      expect(collector.indexes.sort((a, b) => a - b)).toEqual([...Array(40).keys()]);
    });

    it('stores a send whole or not at all', async () => {
      const queue = broker().queue(await aQueue(broker()));
      await expect(queue.send([aMessage({ body: { index: 0 } }), aMessage({ groupKey: 'nul\0' })])).rejects.toThrow();
      await queue.send([aMessage({ body: { index: 1 } })]);
      const collector = new Collector();
      const consumer = queue.consume(collector.handler);
      await collector.untilCount(1);
      await consumer.stop(5000);
      expect(collector.indexes).toEqual([1]);
    });

    it('refuses at once what does not fit its buffer', async () => {
      const name = await aQueue(broker());
      const other = harness().connect({ maxBufferedMessages: 10 });
      const outcomes = await Promise.allSettled(messages(30).map((message) => other.queue(name).send([message])));
      await other.close();
      const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
      expect(outcomes.slice(0, 10).every(({ status }) => status === 'fulfilled')).toBe(true);
      expect(refused.length).toBeGreaterThan(0);
      expect(refused.every(({ reason }) => reason instanceof UnavailableError)).toBe(true);
    });

    it('finds the poison message in a batch of 500, and the others are done after one delivery', async () => {
      const name = await aQueue(broker(), { maxReceiveCount: 2 });
      await broker().queue(name).send(messages(500));
      const done: number[] = [];
      const handled: number[] = [];
      const pipeline = createPipeline({
        queue: name,
        retry: { attempts: 1 },
        backoff: { baseMs: 10 },
        onBatch: () => undefined,
        onUnavailable: () => undefined,
        handlers: [
          {
            contract: anything,
            handle: async (batch) => {
              const indexes = batch.map(({ body }) => indexOf(body));
              handled.push(...indexes);
              if (indexes.includes(137)) throw new Error('poison');
              done.push(...indexes);
            },
          },
        ],
      });
      const consumer = broker().queue(name).consume(pipeline);
      await eventually(
        async () => (await broker().administration.deadLetters(name, 10)).length === 1,
        'the poison to be dead-lettered',
      );
      await consumer.stop(5000);
      expect(done.sort((a, b) => a - b)).toEqual([...Array(500).keys()].filter((index) => index !== 137));
      const [letter] = await broker().administration.deadLetters(name, 10);
      expect(letter).toMatchObject({
        attempts: 2,
        message: { body: { index: 137 } },
        error: expect.stringContaining('poison'),
      });
    });

    it('fills batches under load instead of taking message by message', async () => {
      const queue = broker().queue(await aQueue(broker()));
      const collector = new Collector();
      const consumer = queue.consume(collector.handler, { lingerMs: 50 });
      const first = gate();
      const sends = messages(200).map((message, index) =>
        first.opened.then(() => new Promise((resolve) => setTimeout(resolve, index))).then(() => queue.send([message])),
      );
      first.open();
      await Promise.all(sends);
      await collector.untilCount(200);
      await consumer.stop(5000);
      expect(collector.batches.length).toBeLessThan(40);
      expect(collector.deliveries.every(({ receiveCount }) => receiveCount === 1)).toBe(true);
    });

    it('gets a backlog through a dependency that is too slow for large batches', async () => {
      const queue = broker().queue(await aQueue(broker()));
      const done: number[] = [];
      await queue.send(messages(200));
      const consumer = queue.consume(async (batch) => {
        if (batch.length > 20) return batch.map(() => ({ kind: 'released', delayMs: 5 }));
        done.push(...batch.map(({ message }) => indexOf(message.body)));
        return batch.map(() => DONE);
      });
      await eventually(() => done.length >= 200, 'the whole backlog to be handled');
      await consumer.stop(5000);
      expect(done.sort((a, b) => a - b)).toEqual([...Array(200).keys()]);
    });

    it('settles each message of a batch for itself', async () => {
      const name = await aQueue(broker(), { maxReceiveCount: 2 });
      const released = new Set<string>();
      const collector = new Collector(({ message, receiveCount }): Settlement => {
        const index = indexOf(message.body);
        if (index % 4 === 0 || receiveCount > 1) return DONE;
        if (index % 4 === 1) return { kind: 'failed', error: new Error('again'), delayMs: 10 };
        if (index % 4 === 2) return { kind: 'failed', error: new Error('for good'), permanent: true };
        if (released.has(message.id)) return DONE;
        released.add(message.id);
        return { kind: 'released', delayMs: 10 };
      });
      await broker().queue(name).send(messages(40));
      const consumer = broker().queue(name).consume(collector.handler);
      await eventually(async () => {
        const stats = (await broker().administration.stats()).find(({ queue }) => queue === name)!;
        return stats.depth === 0 && stats.inFlight === 0;
      }, 'an empty queue');
      await consumer.stop(5000);
      const letters = await broker().administration.deadLetters(name, 100);
      expect(letters.map(({ message }) => indexOf(message.body) % 4)).toEqual(Array(10).fill(2));
      const counts = collector.deliveries.filter(({ message }) => indexOf(message.body) % 4 === 1);
      expect(counts.map(({ receiveCount }) => receiveCount).sort()).toEqual([
        ...Array(10).fill(1),
        ...Array(10).fill(2),
      ]);
      expect(released.size).toBe(10);
    });
  });
}
