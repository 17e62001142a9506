import { describe, expect, it } from '@jest/globals';
import { DONE } from '../broker.js';
import { Collector, gate, idsByGroup } from './collector.js';
import { ConsumerProcess } from './consumer-process.js';
import { eventually } from './eventually.js';
import type { Suite } from './harness.js';
import { aMessage, aQueue, messages } from './messages.js';

const HOUR_MS = 3_600_000;

export function crashCases({ broker, harness, features, takeoverMs }: Suite): void {
  describe('consumers that die', () => {
    it('delivers again what was in flight when its consumer was killed', async () => {
      const name = await aQueue(broker());
      const sent = messages(50, (index) => ({ groupKey: `g${index % 5}` }));
      await broker().queue(name).send(sent);
      const victim = await ConsumerProcess.start(harness(), {
        queue: name,
        behaviour: 'hold',
        visibilityTimeoutMs: 700,
      });
      await victim.untilReceived(50);
      await victim.kill();
      const collector = new Collector();
      const consumer = broker().queue(name).consume(collector.handler);
      await collector.untilCount(50, takeoverMs + 15_000);
      await consumer.stop(5000);
      expect(idsByGroup(collector.messages)).toEqual(idsByGroup(sent));
      expect(collector.deliveries.every(({ receiveCount }) => receiveCount === 2)).toBe(true);
    });

    const ifProtected = features.crashLoopProtection ? it : it.skip;
    ifProtected('dead-letters a message that kills every consumer, and no other', async () => {
      const name = await aQueue(broker(), { maxReceiveCount: 3 });
      const poison = aMessage({ body: { poison: true } });
      const innocent = messages(30);
      await broker()
        .queue(name)
        .send([...innocent.slice(0, 15), poison, ...innocent.slice(15)]);
      const lives: ConsumerProcess[] = [];
      await eventually(
        async () => {
          if (!lives.length || lives.at(-1)!.hasEnded) {
            lives.push(
              await ConsumerProcess.start(harness(), {
                queue: name,
                behaviour: 'die-on-poison',
                visibilityTimeoutMs: 300,
              }),
            );
          }
          const { depth, inFlight } = (await broker().administration.stats()).find(({ queue }) => queue === name)!;
          return depth + inFlight === 0;
        },
        'an empty queue',
        takeoverMs * 4 + 20_000,
      );
      await lives.at(-1)!.kill();
      const letters = await broker().administration.deadLetters(name, 100);
      expect(letters).toMatchObject([
        { message: { id: poison.id }, attempts: 3, error: expect.stringContaining('MESSAGE.RECEIVED_TOO_OFTEN') },
      ]);
      expect(lives.filter(({ hasEnded }) => hasEnded).length).toBeGreaterThanOrEqual(3);
    });

    const ifVisibility = features.visibilityTimeout ? it : it.skip;
    ifVisibility('ignores the settlement of a consumer that was frozen too long', async () => {
      const name = await aQueue(broker());
      await broker().queue(name).send([aMessage()]);
      const frozen = await ConsumerProcess.start(harness(), {
        queue: name,
        behaviour: 'hold',
        visibilityTimeoutMs: 500,
      });
      await frozen.untilReceived(1);
      frozen.signal('SIGSTOP');
      const hold = gate();
      const collector = new Collector(({ receiveCount }) =>
        receiveCount === 2
          ? hold.opened.then(() => ({ kind: 'failed', error: new Error('try again'), delayMs: 0 }))
          : DONE,
      );
      const consumer = broker().queue(name).consume(collector.handler, { visibilityTimeoutMs: 60_000 });
      await collector.untilCount(1);
      frozen.release();
      frozen.signal('SIGCONT');
      // It says "done" to what is no longer its own, and is idle when it gets the next message.
      await broker().queue(name).send([aMessage()]);
      await frozen.untilReceived(2);
      hold.open();
      await collector.untilCount(2);
      await consumer.stop(5000);
      await frozen.kill();
      expect(collector.deliveries.map(({ receiveCount }) => receiveCount)).toEqual([2, 3]);
    });

    ifVisibility.each([HOUR_MS, -HOUR_MS])(
      'keeps its times when the clock of a consumer is %d ms off',
      async (clockOffsetMs) => {
        const name = await aQueue(broker());
        const queue = broker().queue(name);
        const hold = gate();
        const holding = new Collector(() => hold.opened.then(() => DONE));
        const held = aMessage({ body: { held: true } });
        await queue.send([held]);
        const consumer = queue.consume(holding.handler, { maxMessages: 1, visibilityTimeoutMs: 5000 });
        await holding.untilCount(1);
        const skewed = await ConsumerProcess.start(harness(), {
          queue: name,
          behaviour: 'done',
          visibilityTimeoutMs: 1000,
          clockOffsetMs,
        });
        const delayed = aMessage({ delayMs: features.delay ? 1500 : 0 });
        const prompt = aMessage();
        const startedAt = performance.now();
        await queue.send([delayed, prompt]);
        await skewed.untilReceived(2);
        if (features.delay) expect(performance.now() - startedAt).toBeGreaterThanOrEqual(1500);
        hold.open();
        await consumer.stop(5000);
        await skewed.kill();
        const expected = features.delay ? [prompt.id, delayed.id] : [delayed.id, prompt.id];
        expect(skewed.received).toEqual(expected.map((id) => ({ id, receiveCount: 1 })));
        expect(Math.abs(holding.deliveries[0]!.sentAt.getTime() - Date.now())).toBeLessThan(60_000);
      },
    );
  });
}
