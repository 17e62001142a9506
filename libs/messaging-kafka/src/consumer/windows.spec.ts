import { encodeMessage } from '@looseleaf/messaging';
import { aMessage, indexOf } from '@looseleaf/messaging/conformance';
import { compileFilters } from '../provisioning/declarations.js';
import { PartitionWindow, type FetchedRecord } from './partition-window.js';
import { Windows, type TakeRules } from './windows.js';

const RULES: TakeRules = { maxReceiveCount: 3, retentionMs: 60_000, filter: undefined, filteredTopic: 't' };

function record(offset: number, key?: string, parts: Partial<FetchedRecord> = {}): FetchedRecord {
  const value = Buffer.from(encodeMessage(aMessage({ body: { index: offset } })));
  return { offset, timestampMs: Date.now(), key, value, delayMs: 0, ...parts };
}

function setUp(records: FetchedRecord[], metadata = '') {
  const windows = new Windows();
  const window = new PartitionWindow('t', 0, 0, metadata);
  windows.add(window);
  window.append(records, records.length);
  const take = (max = 100, rules: Partial<TakeRules> = {}) => {
    const { batch } = windows.take(max, { ...RULES, ...rules });
    return { batch, indexes: batch.deliveries.map(({ message }) => indexOf(message.body)) };
  };
  const finish = (batch: ReturnType<typeof take>['batch']): void => {
    windows.release(batch);
    for (const entry of batch.entries) entry.window.finish(entry);
  };
  return { windows, window, take, finish };
}

describe('what a consumer takes', () => {
  it('is nothing of a group that is in another batch, and everything of the others', () => {
    const { take, finish } = setUp([record(0, 'a'), record(1, 'a'), record(2, 'b'), record(3)]);
    const first = take(1);
    expect(first.indexes).toEqual([0]);
    const second = take();
    expect(second.indexes).toEqual([2, 3]);
    finish(first.batch);
    expect(take().indexes).toEqual([1]);
  });

  it('is nothing of a group behind a message that waits', () => {
    const { take, windows } = setUp([record(0, 'a', { delayMs: 10_000 }), record(1, 'a'), record(2, 'b')]);
    expect(take().indexes).toEqual([2]);
    const { dueMs } = windows.take(10, RULES);
    expect(dueMs - Date.now()).toBeGreaterThan(9000);
  });

  it('is committed up to the lowest that is not done, with what is done beyond it', () => {
    const { take, window, finish } = setUp([record(0, 'a'), record(1, 'b'), record(2, 'c'), record(3, 'd')]);
    const [first, second] = [take(1), take(2)];
    finish(second.batch);
    expect(window.progress()).toMatchObject({ offset: 0, metadata: expect.stringMatching(/;0:1\.1;1-2$/) });
    finish(first.batch);
    const progress = window.progress();
    expect(progress).toMatchObject({ offset: 3, metadata: expect.stringMatching(/^1@[0-9a-z]+$/) });
    window.committed(progress!);
    expect(window.progress()).toBeUndefined();
  });

  it('starts where the former owner ended: not with what it had done, and counting what it was doing', () => {
    const { take } = setUp([record(0), record(1), record(2)], '1;0:2.0;1');
    const { batch, indexes } = take();
    expect(indexes).toEqual([0, 2]);
    expect(batch.deliveries.map(({ receiveCount }) => receiveCount)).toEqual([3, 1]);
  });

  it('is a single message when that was lost twice with its consumer, and none that was received too often', () => {
    const { take, finish } = setUp([record(0), record(1), record(2)], '1;1:2.2;2:3.3');
    const first = take();
    expect(first.indexes).toEqual([0]);
    expect(first.batch.spoiled).toEqual([
      { entry: expect.objectContaining({ offset: 2 }), error: expect.stringContaining('MESSAGE.RECEIVED_TOO_OFTEN') },
    ]);
    finish(first.batch);
    expect(take().indexes).toEqual([1]);
  });

  it('is parsed only where the name of the event may be wanted', () => {
    const broken = Buffer.from('{"id":"1","name":"thing.happened",');
    const nameless = Buffer.from('{"name":"thing.happened"}');
    const { take, window } = setUp([record(0), record(1, 'a', { value: broken }), record(2, 'b', { value: nameless })]);
    const filter = compileFilters([{ since: [], filter: { events: ['thing.ended'] } }]);
    const { batch } = take(100, { filter });
    // What is no envelope is told of, whatever is wanted.
    expect(batch.spoiled.map(({ entry }) => entry.offset)).toEqual([2]);
    expect(batch.entries).toEqual([]);
    expect(window.progress()?.offset).toBe(2);
  });

  it('leaves out what is too old or unreadable, with the reason, and what nobody wants, as done', () => {
    const { take, window } = setUp([
      record(0),
      record(1, 'a', { timestampMs: Date.now() - 61_000 }),
      record(2, 'b', { value: Buffer.from('?') }),
      record(3),
    ]);
    const { batch, indexes } = take(100, {
      filter: { mayWant: () => true, wants: (_partition, offset) => offset !== 0 },
    });
    expect(indexes).toEqual([3]);
    expect(batch.spoiled.map(({ error }) => error)).toEqual([
      expect.stringContaining('MESSAGE.EXPIRED'),
      expect.stringContaining('MESSAGE.MALFORMED'),
    ]);
    expect(window.progress()?.offset).toBe(1);
  });
});
