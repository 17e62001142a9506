import { describe, expect, it } from '@jest/globals';
import { DONE, subscriptionQueueName } from '../broker.js';
import { Collector, gate, idsByGroup } from './collector.js';
import type { Suite } from './harness.js';
import { aMessage, aTopic, messages, uniqueName } from './messages.js';

export function topicCases({ broker, harness }: Suite): void {
  const subscriber = (topic: string, name: string) => broker().queue(subscriptionQueueName(topic, name));

  describe('topics', () => {
    it('gives every subscription its own copy, in order within a group', async () => {
      const topic = await aTopic(broker(), { mail: undefined, push: undefined });
      const sent = messages(40, (index) => ({ groupKey: `g${index % 4}` }));
      for (let from = 0; from < 40; from += 10)
        await broker()
          .topic(topic)
          .publish(sent.slice(from, from + 10));
      for (const name of ['mail', 'push']) {
        const collector = new Collector();
        const consumer = subscriber(topic, name).consume(collector.handler);
        await collector.untilCount(40);
        await consumer.stop(5000);
        expect(idsByGroup(collector.messages)).toEqual(idsByGroup(sent));
      }
    });

    it('publishes to a topic that nobody subscribed to', async () => {
      await broker()
        .topic(await aTopic(broker()))
        .publish(messages(3));
    });

    it('refuses a topic that nobody declared, by name', async () => {
      const name = uniqueName('undeclared');
      await expect(broker().topic(name).publish([aMessage()])).rejects.toThrow(name);
    });

    it('gives an event to a subscription that was declared elsewhere just before', async () => {
      const topic = await aTopic(broker());
      const elsewhere = harness().connect();
      const late = new Collector();
      for (let round = 1; round <= 3; round += 1) {
        await broker().topic(topic).publish([aMessage()]);
        await elsewhere.declare({ queues: [], topics: [], subscriptions: [{ topic, name: `s${round}` }] });
        await broker()
          .topic(topic)
          .publish([aMessage({ name: `round.${round}` })]);
        const consumer = elsewhere.queue(subscriptionQueueName(topic, `s${round}`)).consume(late.handler);
        await late.untilCount(round);
        await consumer.stop(5000);
        expect(late.deliveries.at(-1)!.message.name).toBe(`round.${round}`);
      }
      await elsewhere.close();
    });

    it('follows a changed filter', async () => {
      const topic = await aTopic(broker(), { s: { events: ['old'] } });
      await broker()
        .topic(topic)
        .publish([aMessage({ name: 'old' }), aMessage({ name: 'new' })]);
      await broker().declare({
        queues: [],
        topics: [],
        subscriptions: [{ topic, name: 's', filter: { events: ['new'] } }],
      });
      await broker()
        .topic(topic)
        .publish([aMessage({ name: 'old' }), aMessage({ name: 'new' })]);
      const collector = new Collector();
      const consumer = subscriber(topic, 's').consume(collector.handler);
      await collector.untilCount(2);
      await consumer.stop(5000);
      expect(collector.deliveries.map(({ message }) => message.name)).toEqual(['old', 'new']);
    });

    it('lets a stuck subscriber delay nobody', async () => {
      const topic = await aTopic(broker(), { stuck: undefined, quick: undefined });
      const hold = gate();
      const stuck = new Collector(() => hold.opened.then(() => DONE));
      const quick = new Collector();
      const consumers = [
        subscriber(topic, 'stuck').consume(stuck.handler, { maxMessages: 1 }),
        subscriber(topic, 'quick').consume(quick.handler),
      ];
      for (const event of messages(20)) await broker().topic(topic).publish([event]);
      await quick.untilCount(20, 5000);
      expect(stuck.deliveries.length).toBeLessThanOrEqual(1);
      hold.open();
      await stuck.untilCount(20);
      await Promise.all(consumers.map((consumer) => consumer.stop(5000)));
    });
  });
}
