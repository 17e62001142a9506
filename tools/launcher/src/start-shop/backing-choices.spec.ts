import { EMBEDDED, type BackingChoices, type ShopState } from '../data-directory/shop-state.js';
import { checkChoices, chosenServices } from './backing-choices.js';

const DISTRIBUTED: BackingChoices = { broker: 'kafka', kafkaNodes: 3, cache: 'redis', objectStore: 's3' };

const ranWith = (choices?: BackingChoices): ShopState => ({ ...(choices && { choices }) }) as ShopState;

describe('The backing services of a shop', () => {
  it('are chosen freely for a new one, and stay as they were', () => {
    for (const choices of [EMBEDDED, DISTRIBUTED]) {
      expect(() => checkChoices(choices, undefined, '/shop')).not.toThrow();
      expect(() => checkChoices(choices, ranWith(choices), '/shop')).not.toThrow();
    }
    expect(() => checkChoices(EMBEDDED, ranWith(), '/shop')).not.toThrow();
  });

  it.each([
    [EMBEDDED, { broker: 'kafka' }, '--broker postgres --object-store files'],
    [EMBEDDED, { objectStore: 's3' }, '--broker postgres --object-store files'],
    [DISTRIBUTED, { broker: 'postgres', kafkaNodes: 1 }, '--broker kafka --kafka-nodes 3 --object-store s3'],
    [DISTRIBUTED, { kafkaNodes: 1 }, '--broker kafka --kafka-nodes 3 --object-store s3'],
  ] as const)('are not left for others that know nothing of what was accepted: %j, then %j', (made, change, flags) => {
    const chosen = { ...made, ...change };
    expect(() => checkChoices(chosen, ranWith(made), '/shop')).toThrow(
      expect.objectContaining({
        code: 'SHOP.MADE_OTHERWISE',
        message: expect.stringContaining(`the shop in /shop was made with ${flags},`),
      }),
    );
  });

  it('may have another cache, which holds nothing that is not elsewhere', () => {
    expect(() => checkChoices({ ...EMBEDDED, cache: 'redis' }, ranWith(EMBEDDED), '/shop')).not.toThrow();
  });

  it('are servers where they were chosen to be', () => {
    expect(chosenServices(EMBEDDED)).toEqual([]);
    expect(chosenServices(DISTRIBUTED)).toEqual(['kafka', 'redis', 's3']);
    expect(chosenServices({ ...EMBEDDED, cache: 'redis' })).toEqual(['redis']);
  });
});
