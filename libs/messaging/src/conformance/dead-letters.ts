import { describe, expect, it } from '@jest/globals';
import { DONE } from '../broker.js';
import { PermanentError } from '../errors.js';
import { Collector } from './collector.js';
import { eventually } from './eventually.js';
import type { Suite } from './harness.js';
import { aMessage, aQueue, messages } from './messages.js';

export function deadLetterCases({ broker }: Suite): void {
  const letters = (queue: string) => broker().administration.deadLetters(queue, 100);

  describe('dead letters', () => {
    it('parks a message after its last attempt, with error, attempts and origin', async () => {
      const name = await aQueue(broker(), { maxReceiveCount: 3 });
      const collector = new Collector(() => ({ kind: 'failed', error: new Error('out of paper'), delayMs: 5 }));
      const consumer = broker().queue(name).consume(collector.handler);
      const sent = aMessage({ groupKey: 'g', body: { sheet: 1 } });
      await broker().queue(name).send([sent]);
      await eventually(async () => (await letters(name)).length === 1, 'a dead letter');
      await consumer.stop(5000);
      expect(collector.deliveries.map(({ receiveCount }) => receiveCount)).toEqual([1, 2, 3]);
      expect(await letters(name)).toEqual([
        {
          message: sent,
          queue: name,
          attempts: 3,
          error: expect.stringContaining('out of paper'),
          deadLetteredAt: expect.any(Date),
        },
      ]);
      const stats = (await broker().administration.stats()).find(({ queue }) => queue === name);
      expect(stats).toMatchObject({ depth: 0, inFlight: 0, deadLettered: 1 });
    });

    it('parks a message at once when its failure is permanent, with the code of the error', async () => {
      const name = await aQueue(broker());
      const collector = new Collector(() => ({
        kind: 'failed',
        permanent: true,
        error: new PermanentError('MESSAGE.INVALID', 'no lines'),
      }));
      const consumer = broker().queue(name).consume(collector.handler);
      await broker().queue(name).send([aMessage()]);
      await eventually(async () => (await letters(name)).length === 1, 'a dead letter');
      await consumer.stop(5000);
      expect(collector.deliveries).toHaveLength(1);
      expect((await letters(name))[0]).toMatchObject({ attempts: 1, error: 'MESSAGE.INVALID: no lines' });
    });

    it('redrives dead letters in their old order, as never tried, under their old ids', async () => {
      const name = await aQueue(broker(), { maxReceiveCount: 1 });
      const queue = broker().queue(name);
      const sent = messages(5, () => ({ groupKey: 'g' }));
      let broken = true;
      const collector = new Collector(() => (broken ? { kind: 'failed', error: new Error('down') } : DONE));
      const consumer = queue.consume(collector.handler);
      await queue.send(sent);
      await eventually(async () => (await letters(name)).length === 5, 'five dead letters');
      broken = false;
      collector.deliveries.length = 0;
      expect(await broker().administration.redrive(name, 2)).toBe(2);
      await collector.untilCount(2);
      expect(await broker().administration.redrive(name)).toBe(3);
      await collector.untilCount(5);
      await consumer.stop(5000);
      expect(collector.ids).toEqual(sent.map(({ id }) => id));
      expect(collector.deliveries.every(({ receiveCount }) => receiveCount === 1)).toBe(true);
      expect(await letters(name)).toEqual([]);
      expect(await broker().administration.redrive(name)).toBe(0);
    });
  });
}
