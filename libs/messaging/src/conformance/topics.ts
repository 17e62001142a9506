import { describe, expect, it } from '@jest/globals';
import { DONE, subscriptionQueueName, type MessageBroker } from '../broker.js';
import type { SubscriptionFilter } from '../filter-policy.js';
import { Collector, gate } from './collector.js';
import type { Suite } from './harness.js';
import { aMessage, messages, uniqueName } from './messages.js';

async function aTopic(
  broker: MessageBroker,
  subscriptions: Record<string, SubscriptionFilter | undefined> = {},
): Promise<string> {
  const topic = uniqueName('topic');
  await broker.declare({
    queues: [],
    topics: [topic],
    subscriptions: Object.entries(subscriptions).map(([name, filter]) => ({ topic, name, ...(filter && { filter }) })),
  });
  return topic;
}

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
        expect(collector.ids).toEqual(sent.map(({ id }) => id));
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
      for (let round = 1; round <= 5; round += 1) {
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

  describe('filter policies', () => {
    const events = [
      aMessage({
        name: 'stock.changed',
        body: { store: 'London', count: 0, tags: ['gift'], address: { city: 'Leeds' } },
      }),
      aMessage({ name: 'stock.changed', body: { store: 'Leeds', count: 5, tags: ['paper', 'card'], open: true } }),
      aMessage({ name: 'stock.depleted', body: { store: 'Lisbon', count: 12, note: null } }),
    ];

    it.each<[string, SubscriptionFilter, number[]]>([
      ['event names', { events: ['stock.depleted', 'other'] }, [2]],
      ['an exact text', { body: { store: ['London', 'Lisbon'] } }, [0, 2]],
      ['an exact number, truth value or null', { body: { count: [5] } }, [1]],
      ['a truth value', { body: { open: [true] } }, [1]],
      ['null', { body: { note: [null] } }, [2]],
      ['a prefix', { body: { store: [{ prefix: 'L' }] } }, [0, 1, 2]],
      ['a longer prefix', { body: { store: [{ prefix: 'Li' }] } }, [2]],
      ['anything but one value', { body: { store: [{ 'anything-but': 'London' }] } }, [1, 2]],
      ['anything but several', { body: { store: [{ 'anything-but': ['London', 'Leeds'] }] } }, [2]],
      ['a number range', { body: { count: [{ numeric: ['>', 0, '<=', 5] }] } }, [1]],
      ['an open number range', { body: { count: [{ numeric: ['>=', 5] }] } }, [1, 2]],
      ['a field that exists', { body: { open: [{ exists: true }] } }, [1]],
      ['a field that does not exist', { body: { open: [{ exists: false }] } }, [0, 2]],
      ['a nested field', { body: { 'address.city': ['Leeds'] } }, [0]],
      ['one element of a list', { body: { tags: ['card'] } }, [1]],
      ['one of several conditions', { body: { count: [0, { numeric: ['>', 10] }] } }, [0, 2]],
      [
        'all of several fields',
        { events: ['stock.changed'], body: { store: [{ prefix: 'L' }], count: [{ numeric: ['=', 0] }] } },
        [0],
      ],
    ])('passes %s', async (_kind, filter, expected) => {
      const topic = await aTopic(broker(), { filtered: filter });
      const end = aMessage({ name: 'end' });
      await broker().topic(topic).publish(events);
      // The filter goes, and an event that marks the end comes: what was not delivered by then was filtered out.
      await broker().declare({ queues: [], topics: [], subscriptions: [{ topic, name: 'filtered' }] });
      await broker().topic(topic).publish([end]);
      const collector = new Collector();
      const consumer = subscriber(topic, 'filtered').consume(collector.handler);
      await collector.untilCount(expected.length + 1);
      await consumer.stop(5000);
      expect(collector.ids).toEqual([...expected.map((index) => events[index]!.id), end.id]);
    });

    it('refuses a filter of no known form when it is declared', async () => {
      const filter = { body: { store: [{ suffix: 'x' }] } } as unknown as SubscriptionFilter;
      await expect(aTopic(broker(), { bad: filter })).rejects.toThrow('store');
    });
  });
}
