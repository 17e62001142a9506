import type { Delivery } from './delivery.js';
import { Lane } from './lane.js';

let events = 0;
const aDelivery = (): Delivery => ({ eventId: `event ${++events}` }) as Delivery;
const SLOW_MS = 1_000;

/** A lane of which `count` attempts have ended quickly. */
function laneAfter(count: number): Lane {
  const lane = new Lane('one', SLOW_MS);
  for (let index = 0; index < count; index += 1) {
    const delivery = aDelivery();
    lane.hold(delivery, 0);
    lane.start(0);
    lane.finish(0, 1);
    lane.settled(delivery);
  }
  return lane;
}

function startAll(lane: Lane): number {
  let started = 0;
  while (lane.start(0)) started += 1;
  return started;
}

describe('A lane', () => {
  it('begins with one delivery at a time', () => {
    const lane = new Lane('one', SLOW_MS);
    expect(lane.room).toBe(1);
    lane.hold(aDelivery(), 0);
    expect(lane.room).toBe(0);
    expect(startAll(lane)).toBe(1);
  });

  it('takes more at a time as long as its attempts are quick, and claims ahead', () => {
    const lane = laneAfter(10);
    expect(lane.room).toBe(16);
    for (let index = 0; index < 16; index += 1) lane.hold(aDelivery(), 0);
    expect(startAll(lane)).toBe(4);
  });

  it('is soon held in one place by a subscriber that hangs, with nothing claimed ahead', () => {
    const lane = laneAfter(10);
    const deliveries = Array.from({ length: 16 }, aDelivery);
    for (const delivery of deliveries) lane.hold(delivery, 0);
    for (let slots = startAll(lane); slots > 0; slots -= 1) expect(lane.finish(0, SLOW_MS + 1)).toBe(true);
    const back = lane.giveBack();
    expect(back).toHaveLength(12);
    for (const delivery of deliveries) {
      if (back.includes(delivery)) lane.returned();
      else lane.settled(delivery);
    }
    expect(lane.room).toBe(1);
  });

  it('does not start what has waited for so long that its lease may end, and gives all of it back', () => {
    const lane = laneAfter(10);
    lane.hold(aDelivery(), 100);
    lane.hold(aDelivery(), 200);
    expect(lane.hasExpired(100)).toBe(false);
    expect(lane.start(101)).toBeUndefined();
    expect(lane.hasExpired(101)).toBe(true);
    expect(lane.giveBack()).toHaveLength(2);
  });

  it('holds what is not settled yet', () => {
    const lane = new Lane('one', SLOW_MS);
    const delivery = aDelivery();
    lane.hold(delivery, 0);
    lane.start(0);
    lane.finish(0, SLOW_MS + 1);
    expect(lane.room).toBe(0);
    expect(lane.isEmpty).toBe(false);
    lane.settled(delivery);
    expect(lane.room).toBe(1);
    expect(lane.isEmpty).toBe(true);
  });

  it('does not attempt again what it still holds, when that is claimed again', () => {
    const lane = laneAfter(10);
    const delivery = aDelivery();
    lane.hold(delivery, 0);
    lane.hold(delivery, 0);
    expect(startAll(lane)).toBe(1);
    lane.finish(0, 1);
    lane.hold(delivery, 0);
    expect(startAll(lane)).toBe(0);
    lane.settled(delivery);
    lane.hold(delivery, 0);
    expect(startAll(lane)).toBe(1);
  });

  it('takes what it has given back when that is claimed again, though the giving back is not written down yet', () => {
    const lane = laneAfter(10);
    const delivery = aDelivery();
    lane.hold(delivery, 0);
    expect(lane.giveBack()).toEqual([delivery]);
    lane.hold(delivery, 0);
    lane.returned();
    lane.hold(delivery, 0);
    expect(startAll(lane)).toBe(1);
  });
});
