import { CUSTOMERS_SUBSCRIPTION_ID } from '../subscriptions/subscription.js';
import { laneOf, lanesOf } from './lane-id.js';

const ANOTHER_ID = '0199a2b4-0000-8000-8000-00000000000a';
const laneOfCustomer = (email: string): string => laneOf(CUSTOMERS_SUBSCRIPTION_ID, { email });

describe('The lane of a delivery', () => {
  it('is that of its subscription, whatever the event says', () => {
    expect(laneOf(ANOTHER_ID, { email: 'a@b.example' })).toBe(ANOTHER_ID);
    expect(lanesOf(ANOTHER_ID)).toEqual([ANOTHER_ID]);
  });

  it('is the same for all mail to one customer, however the address is written', () => {
    expect(laneOfCustomer('Ada@B.example')).toBe(laneOfCustomer('ada@b.example'));
  });

  it('is one of a few for customers, and each of them has its share', () => {
    const lanes = Array.from({ length: 1_600 }, (_, index) => laneOfCustomer(`c${index}@b.example`));
    expect(new Set(lanes)).toEqual(new Set(lanesOf(CUSTOMERS_SUBSCRIPTION_ID)));
    for (const lane of lanesOf(CUSTOMERS_SUBSCRIPTION_ID)) {
      expect(lanes.filter((each) => each === lane).length).toBeGreaterThan(50);
    }
  });
});
