import fc from 'fast-check';
import kafkajs from 'kafkajs';
import { crc32c } from './crc32c.js';
import type { OutgoingRecord } from './encode.js';
import { murmur2 } from './murmur2.js';
import { encodeRecordBatch } from './record-batch.js';
import { decodeRecordBatches } from '../fetching/record-batches.js';

const record = fc.record({
  key: fc.option(fc.string({ unit: 'binary' })),
  value: fc.oneof(
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  ),
  headers: fc.option(
    fc.dictionary(fc.string({ minLength: 1 }), fc.string({ unit: 'binary' }), { noNullPrototype: true }),
    {
      nil: undefined,
    },
  ),
});

const IDENTITY = { producerId: 4_000_000_007n, producerEpoch: 3, firstSequence: 11 };

describe('a batch of records', () => {
  it('is read as it was written, whatever is in it', () => {
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 100 }), (drawn) => {
        const records = drawn.map((each) => ({ ...each, topic: 't', bytes: 10 })) as OutgoingRecord[];
        const batch = encodeRecordBatch(records, IDENTITY, 1_763_000_000_000);
        const read = decodeRecordBatches(batch);
        expect(
          read.map(({ offset, timestampMs, key, value, headers, isControl }) => ({
            offset,
            timestampMs,
            isControl,
            key: key?.toString() ?? null,
            value: value?.toString('hex'),
            headers: Object.fromEntries(Object.entries(headers).map(([name, bytes]) => [name, bytes?.toString()])),
          })),
        ).toEqual(
          drawn.map(({ key, value, headers = {} }, index) => ({
            offset: index,
            timestampMs: 1_763_000_000_000,
            isControl: false,
            key: key === null ? null : Buffer.from(key).toString(),
            value: Buffer.from(value as string).toString('hex'),
            headers: Object.fromEntries(
              Object.entries(headers).map(([name, text]) => [name, Buffer.from(text).toString()]),
            ),
          })),
        );
      }),
      { examples: [[[{ key: null, value: '', headers: { ['__proto__']: 'a name like any other' } }]]] },
    );
  });

  it('has the checksum of RFC 3720', () => {
    const ascending = Uint8Array.from({ length: 32 }, (_, index) => index);
    expect(crc32c(ascending, 0, 32)).toBe(0x46dd794e);
    expect(crc32c(Buffer.from('-123456789'), 1, 10)).toBe(0xe3069283);
  });

  it('goes where every client of Kafka would send its key', () => {
    const choose = kafkajs.Partitioners.DefaultPartitioner();
    const partitionMetadata = Array.from({ length: 17 }, (_, partitionId) => ({
      partitionId,
      leader: 1,
      partitionErrorCode: 0,
      replicas: [],
      isr: [],
    }));
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (key) => {
        const expected = choose({ topic: 't', partitionMetadata, message: { key, value: '' } });
        expect(murmur2(Buffer.from(key)) % 17).toBe(expected);
      }),
    );
  });
});
