import { describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { DONE, type BatchHandler, type Settlement } from '../broker.js';
import { Collector } from './collector.js';
import { eventually } from './eventually.js';
import type { Suite } from './harness.js';
import { aMessage, aQueue, indexOf, messages } from './messages.js';

export function groupCases({ broker, harness }: Suite): void {
  describe('groups', () => {
    it('delivers each group in order, one batch at a time, over competing consumers', async () => {
      const name = await aQueue(broker());
      const seen = new Map<string, number[]>();
      const active = new Set<string>();
      const overlaps: string[] = [];
      const handler: BatchHandler = async (batch) => {
        const groups = new Set(batch.map(({ message }) => message.groupKey!));
        overlaps.push(...[...groups].filter((group) => active.has(group)));
        for (const group of groups) active.add(group);
        await sleep(Math.random() * 5);
        for (const { message } of batch)
          seen.set(message.groupKey!, [...(seen.get(message.groupKey!) ?? []), indexOf(message.body)]);
        for (const group of groups) active.delete(group);
        return batch.map(() => DONE);
      };
      const others = [harness().connect(), harness().connect()];
      for (const other of others) other.queue(name).consume(handler, { concurrency: 3, maxMessages: 15, lingerMs: 0 });
      const sent = messages(600, (index) => ({ groupKey: `g${index % 20}` }));
      for (let from = 0; from < sent.length; from += 50)
        await broker()
          .queue(name)
          .send(sent.slice(from, from + 50));
      await eventually(() => [...seen.values()].flat().length === sent.length, 'all deliveries');
      await Promise.all(others.map((other) => other.close()));
      expect(overlaps).toEqual([]);
      for (const indexes of seen.values()) expect(indexes).toEqual([...indexes].sort((a, b) => a - b));
    });

    it('keeps the order of sends that were not awaited', async () => {
      const queue = broker().queue(await aQueue(broker()));
      await Promise.all(messages(500, () => ({ groupKey: 'g' })).map((message) => queue.send([message])));
      const collector = new Collector();
      const consumer = queue.consume(collector.handler, { maxMessages: 50, concurrency: 2 });
      await collector.untilCount(500);
      await consumer.stop(5000);
      expect(collector.indexes).toEqual([...Array(500).keys()]);
    });

    it('lets a failing message hold back its own group only', async () => {
      const queue = broker().queue(await aQueue(broker()));
      const done: string[] = [];
      let failures = 0;
      const collector = new Collector(({ message }): Settlement => {
        const label = `${message.groupKey}${indexOf(message.body)}`;
        if (label === 'a0' && failures < 2) {
          failures += 1;
          return { kind: 'failed', error: new Error('later'), delayMs: 150 };
        }
        // As a pipeline does: what comes after a failed one of its group was not tried.
        if (message.groupKey === 'a' && label !== 'a0' && !done.includes('a0')) return { kind: 'released', delayMs: 0 };
        done.push(label);
        return DONE;
      });
      const consumer = queue.consume(collector.handler);
      await queue.send(['a', 'b', 'c'].flatMap((groupKey) => messages(2, () => ({ groupKey }))));
      await queue.send([
        aMessage({ groupKey: 'a', body: { index: 2 } }),
        aMessage({ groupKey: 'd', body: { index: 0 } }),
      ]);
      await eventually(() => done.length === 8, 'all messages done');
      await consumer.stop(5000);
      expect(done.slice(-3)).toEqual(['a0', 'a1', 'a2']);
      expect(collector.deliveries.filter(({ message }) => message.groupKey === 'b')).toHaveLength(2);
    });

    it('goes on with a group after its failing message was dead-lettered', async () => {
      const name = await aQueue(broker(), { maxReceiveCount: 2 });
      const queue = broker().queue(name);
      const collector = new Collector(({ message }) =>
        indexOf(message.body) === 0 ? { kind: 'failed', error: new Error('never'), delayMs: 10 } : DONE,
      );
      const consumer = queue.consume(collector.handler, { maxMessages: 1 });
      await queue.send(messages(3, () => ({ groupKey: 'g' })));
      await collector.untilCount(4);
      await consumer.stop(5000);
      expect(collector.indexes).toEqual([0, 0, 1, 2]);
      expect(await broker().administration.deadLetters(name, 10)).toHaveLength(1);
    });

    it('keeps every group in order while messages fail at random and some never succeed', async () => {
      const name = await aQueue(broker(), { maxReceiveCount: 4 });
      const queue = broker().queue(name);
      const sent = messages(300, (index) => ({ groupKey: `g${index % 15}` }));
      const failuresLeft = new Map(
        sent.map(({ id }) => [id, Math.random() < 0.25 ? Math.floor(Math.random() * 5) : 0]),
      );
      const hopeless = sent.filter(({ id }) => failuresLeft.get(id)! >= 4).map(({ id }) => id);
      const done: { group: string; index: number }[] = [];
      const handler: BatchHandler = async (batch) => {
        const blocked = new Set<string>();
        return batch.map(({ message }): Settlement => {
          const group = message.groupKey!;
          if (blocked.has(group)) return { kind: 'released', delayMs: 0 };
          const left = failuresLeft.get(message.id)!;
          if (left === 0) {
            done.push({ group, index: indexOf(message.body) });
            return DONE;
          }
          failuresLeft.set(message.id, left - 1);
          blocked.add(group);
          return { kind: 'failed', error: new Error('bad luck'), delayMs: Math.floor(Math.random() * 20) };
        });
      };
      const consumer = queue.consume(handler, { concurrency: 3, maxMessages: 20, lingerMs: 0 });
      await queue.send(sent);
      const letters = () => broker().administration.deadLetters(name, 1000);
      await eventually(() => done.length === sent.length - hopeless.length, 'all that can succeed');
      await eventually(async () => (await letters()).length >= hopeless.length, 'all that cannot');
      await consumer.stop(5000);
      for (let group = 0; group < 15; group += 1) {
        const indexes = done.filter((each) => each.group === `g${group}`).map(({ index }) => index);
        expect(indexes).toEqual([...indexes].sort((a, b) => a - b));
      }
      expect((await letters()).map(({ message }) => message.id).sort()).toEqual(hopeless.sort());
    });
  });
}
