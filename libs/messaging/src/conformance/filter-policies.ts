import { describe, expect, it } from '@jest/globals';
import { subscriptionQueueName } from '../broker.js';
import type { SubscriptionFilter } from '../filter-policy.js';
import { Collector } from './collector.js';
import type { Suite } from './harness.js';
import { aMessage, aTopic } from './messages.js';

export function filterPolicyCases({ broker }: Suite): void {
  describe('filter policies', () => {
    const events = [
      aMessage({
        name: 'stock.changed',
        groupKey: 'one',
        body: { store: 'London', count: 0, tags: ['gift'], address: { city: 'Leeds' } },
      }),
      aMessage({
        groupKey: 'one',
        name: 'stock.changed',
        body: { store: 'Leeds', count: 5, tags: ['paper', 'card'], open: true },
      }),
      aMessage({ groupKey: 'one', name: 'stock.depleted', body: { store: 'Lisbon', count: 12, note: null } }),
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
      const { name, body, groupKey } = events[expected[0]!]!;
      const end = aMessage({ name, body, groupKey });
      await broker().topic(topic).publish(events);
      // One more that passes, sent later: what was not delivered by then was filtered out.
      await broker().topic(topic).publish([end]);
      const collector = new Collector();
      const consumer = broker().queue(subscriptionQueueName(topic, 'filtered')).consume(collector.handler);
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
