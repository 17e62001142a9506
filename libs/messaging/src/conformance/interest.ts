import { describe, expect, it } from '@jest/globals';
import { subscriptionQueueName, type MessageBroker } from '../broker.js';
import { Collector } from './collector.js';
import { eventually } from './eventually.js';
import type { Suite } from './harness.js';
import { aTopic, messages, uniqueName } from './messages.js';

/** Publishes what is wanted, as an outbox does, until it is told to stop; the ids of all, and of those left out. */
function publishWanted(broker: MessageBroker, topic: string) {
  const made: string[] = [];
  const leftOut = new Set<string>();
  let running = true;
  const publishing = (async () => {
    while (running) {
      const events = messages(1, () => ({ groupKey: 'one' }));
      made.push(...events.map(({ id }) => id));
      const wanted = events.filter(({ name }) => broker.topic(topic).wants(name));
      for (const { id } of events) if (!wanted.some((event) => event.id === id)) leftOut.add(id);
      await broker.topic(topic).publish(wanted);
      await new Promise((resolve) => setImmediate(resolve));
    }
  })();
  const stop = async (): Promise<void> => {
    running = false;
    await publishing;
  };
  return { made, leftOut, stop };
}

export function interestCases({ broker, harness, features }: Suite): void {
  describe('events that nobody wants', () => {
    it('are never those of a subscription that is declared', async () => {
      const topic = await aTopic(broker(), { named: { events: ['thing.happened'] }, open: undefined });
      for (let question = 0; question < 50; question += 1) {
        expect(broker().topic(topic).wants('thing.happened')).toBe(true);
        expect(broker().topic(topic).wants('anything')).toBe(true);
        await broker().ping();
      }
    });

    it('are none while a topic is not declared', async () => {
      const topic = broker().topic(uniqueName('undeclared'));
      expect(topic.wants('anything')).toBe(true);
      await broker().ping();
      expect(topic.wants('anything')).toBe(true);
    });

    it('do not include one of work that began after a subscription to it was declared elsewhere', async () => {
      const topic = await aTopic(broker(), { other: { events: ['something.else'] } });
      const elsewhere = harness().connect();
      const publisher = publishWanted(broker(), topic);
      if (features.interest) await eventually(() => publisher.leftOut.size > 100, 'events to be left out');
      const filter = { events: ['thing.happened'] };
      await elsewhere.declare({ queues: [], topics: [], subscriptions: [{ topic, name: 'late', filter }] });
      const declaredAfter = publisher.made.length;
      await eventually(() => publisher.made.length > declaredAfter + 500, 'events after the declaration');
      await publisher.stop();
      const after = publisher.made.slice(declaredAfter);
      expect(after.filter((id) => publisher.leftOut.has(id))).toEqual([]);
      const late = new Collector();
      const consumer = elsewhere.queue(subscriptionQueueName(topic, 'late')).consume(late.handler);
      await eventually(() => late.ids.at(-1) === after.at(-1), 'the last event');
      await consumer.stop(5000);
      expect(late.ids.slice(-after.length)).toEqual(after);
      await elsewhere.close();
    });

    if (!features.interest) return;

    it('become wanted again when the server does not answer', async () => {
      const topic = await aTopic(broker(), { other: { events: ['something.else'] } });
      const publisher = harness().connect({ sendTimeoutMs: 600 });
      const wants = (): boolean => publisher.topic(topic).wants('thing.happened');
      await eventually(() => !wants(), 'the event to be unwanted');
      harness().server.freeze();
      try {
        await eventually(wants, 'the event to be wanted');
      } finally {
        harness().server.thaw();
      }
      await eventually(() => !wants(), 'the event to be unwanted again');
      await publisher.close();
    });
  });
}
