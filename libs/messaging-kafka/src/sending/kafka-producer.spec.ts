import { UnavailableError } from '@looseleaf/messaging';
import { SILENT } from '@looseleaf/messaging/adapter';
import { scriptedLeader, type SeenBatch } from '../testing/scripted-leader.js';
import type { OutgoingRecord } from './encode.js';
import { KafkaProducer } from './kafka-producer.js';

const [STORED, NOT_LEADER, TOO_LARGE, OUT_OF_ORDER, DUPLICATE] = [0, 6, 10, 45, 46];

function setUp(...script: Parameters<typeof scriptedLeader>) {
  const { connection, seen } = scriptedLeader(...script);
  return { sut: new KafkaProducer(connection, SILENT), seen };
}

/** One for each partition. */
const records = (count: number, first = 0): OutgoingRecord[] =>
  Array.from({ length: count }, (_, partition) => ({
    topic: 't',
    key: null,
    partition,
    value: `v${first + partition}`,
    bytes: 2,
  }));
const valuesOf = (requests: readonly (readonly SeenBatch[])[]): unknown[] =>
  requests.map((batches) => batches.flatMap(({ values }) => values));
const storeAll = (batches: readonly SeenBatch[]): Record<number, number> =>
  Object.fromEntries(batches.map(({ partition }) => [partition, STORED]));

describe('KafkaProducer', () => {
  it('sends again what is missing in the answer or was refused, with the same numbers, and nothing else', async () => {
    const { sut, seen } = setUp((batches, request) => {
      if (request === 2) return { 0: STORED, 1: NOT_LEADER };
      return request === 3 ? { 1: STORED } : storeAll(batches);
    });
    await sut.write(records(3));
    await sut.write(records(3, 3));
    expect(valuesOf(seen)).toEqual([['v0', 'v1', 'v2'], ['v3', 'v4', 'v5'], ['v4', 'v5'], ['v5']]);
    const numbers = seen.map((batches) => batches.map(({ producerId, firstSequence }) => [producerId, firstSequence]));
    expect(numbers.map((each) => each[0])).toEqual([
      [1, 0],
      [1, 1],
      [1, 1],
      [1, 1],
    ]);
  });

  it('believes a leader that has the batch already', async () => {
    const { sut, seen } = setUp((_, request) => (request === 1 ? { 0: NOT_LEADER } : { 0: DUPLICATE }));
    await sut.write(records(1));
    expect(seen).toHaveLength(2);
  });

  it('begins with a new id after a failure, and does not repeat what was stored before it', async () => {
    const { sut, seen } = setUp((batches, request) =>
      request === 1 ? { 0: STORED, 1: OUT_OF_ORDER } : storeAll(batches),
    );
    const two = records(2);
    await expect(sut.write(two)).rejects.toThrow(UnavailableError);
    await sut.write(two);
    expect(seen[1]).toEqual([{ partition: 1, producerId: 2, firstSequence: 0, values: ['v1'] }]);
  });

  it('blames the messages only for what only they can cause', async () => {
    const { sut } = setUp(() => ({ 0: TOO_LARGE }));
    await expect(sut.write(records(1))).rejects.toMatchObject({ code: 'MESSAGE.REFUSED', retryable: false });
  });
});
