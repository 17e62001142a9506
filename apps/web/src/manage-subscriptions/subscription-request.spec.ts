import { compileFilter } from '@looseleaf/messaging';
import { subscriptionRequest } from './subscription-request.schema.js';

const email = { email: 'manager@shop.example' };

function faultsOf(body: unknown): string[] {
  return (subscriptionRequest.safeParse(body).error?.issues ?? []).map(({ path }) => path.map(String).join('.'));
}

describe('A request to subscribe', () => {
  it.each([
    ['exact values', ['Berlin', 7, true, null]],
    ['a prefix', [{ prefix: 'Ber' }]],
    ['anything but one or several', [{ 'anything-but': 'Bern' }, { 'anything-but': ['Bern', 3] }]],
    ['ranges', [{ numeric: ['=', 0] }, { numeric: ['>=', 1, '<', 9.5] }]],
    ['existence', [{ exists: true }, { exists: false }]],
  ])('may filter by %s, as a filter policy can', (_kind, conditions) => {
    const body = { events: ['stock.depleted'], filter: { 'address.city': conditions }, deliver: email };
    const request = subscriptionRequest.parse(body);
    expect(request).toEqual(body);
    expect(() => compileFilter({ body: request.filter! })).not.toThrow();
  });

  it.each<[string, unknown]>([
    ['an unknown condition', { store: [{ suffix: 'x' }] }],
    ['two conditions in one', { store: [{ prefix: 'x', exists: true }] }],
    ['a condition that is not in a list', { store: 'Berlin' }],
    ['no condition', { store: [] }],
    ['half a range', { count: [{ numeric: ['>=', 1, '<'] }] }],
    ['an unknown comparison', { count: [{ numeric: ['~', 1] }] }],
    ['a bound that is text', { count: [{ numeric: ['<', '1'] }] }],
    ['a field without a name', { '': [1] }],
    ['text that no store can keep', { store: ['a\0b'] }],
    ['too many fields', Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`field${index}`, [1]]))],
    ['too many conditions', { store: Array.from({ length: 101 }, (_, index) => index) }],
  ])('is refused with %s', (_fault, filter) => {
    expect(faultsOf({ events: ['stock.depleted'], filter, deliver: email })).toEqual([
      expect.stringMatching(/^filter/),
    ]);
  });

  it('names events that there are, and at least one', () => {
    expect(faultsOf({ events: ['stock.stolen'], deliver: email })).toEqual(['events.0']);
    expect(faultsOf({ events: [], deliver: email })).toEqual(['events']);
    expect(faultsOf({ deliver: email })).toEqual(['events']);
  });

  it.each<[string, unknown, string]>([
    ['nothing', undefined, 'deliver'],
    ['no address', { email: 'manager' }, 'deliver.email'],
    ['both', { ...email, webhook: 'https://x.example', secret: '0123456789abcdef' }, 'deliver'],
    ['a webhook without a secret', { webhook: 'https://x.example' }, 'deliver'],
    ['a short secret', { webhook: 'https://x.example', secret: 'short' }, 'deliver.secret'],
    ['another protocol', { webhook: 'ftp://x.example', secret: '0123456789abcdef' }, 'deliver.webhook'],
  ])('delivers by e-mail or webhook, not to %s', (_fault, deliver, place) => {
    expect(faultsOf({ events: ['stock.depleted'], deliver })).toEqual([place]);
  });

  it('keeps no field that it does not know', () => {
    const body = { events: ['stock.depleted'], deliver: email, id: 'mine' };
    expect(subscriptionRequest.parse(body)).not.toHaveProperty('id');
  });
});
