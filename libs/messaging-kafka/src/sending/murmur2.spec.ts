import fc from 'fast-check';
import kafkajs from 'kafkajs';
import { murmur2 } from './murmur2.js';

describe('the hash of a key', () => {
  it('sends it where every client of Kafka would', () => {
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
