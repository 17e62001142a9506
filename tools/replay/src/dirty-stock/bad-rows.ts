import { columnsOf, line, plain, quote, type Column } from './good-rows.js';
import type { Random } from './random.js';
import type { StockFacts } from './stock-facts.js';

/** Stands for a byte that is in no UTF-8 text, until the row becomes bytes. */
export const BAD_BYTE = '\uE000';

/** A way in which a row is bad. */
export interface BadKind {
  readonly name: string;
  /** What the shop is to give as the reason. */
  readonly reason: RegExp;
  /** The row, line end included. */
  write(facts: StockFacts, random: Random): string;
}

/** Repeats the store and the item of an earlier row with another count; which row that is, the file decides. */
export const DUPLICATE: BadKind = {
  name: 'duplicate',
  reason: /^duplicate of line \d+/,
  write: (facts) => plain({ ...facts, count: facts.count + 1 }),
};

const NO_NUMBERS = ['many', '1.5', '1e3', '+5', '0x1F', '1 000', '١٢', 'NaN', '--3'];
const ABOVE_INTEGER = ['2147483648', '9007199254740993', '9'.repeat(30)];

export const BAD_KINDS: readonly BadKind[] = [
  DUPLICATE,
  kind('missing column', /^expected 5 columns, found [34]$/, (facts, random) =>
    line(
      Object.values(columnsOf(facts))
        .map(quote)
        .slice(0, random.pick([3, 4])),
    ),
  ),
  kind('column too many', /^expected 5 columns, found 6$/, (facts) =>
    line([...Object.values(columnsOf(facts)).map(quote), 'x']),
  ),
  kind('empty', /is empty$/, (facts, random) => withColumn(facts, random.pick(['store', 'item', 'count']), ' ')),
  kind('negative', /^count is negative/, (facts, random) => withColumn(facts, 'count', `-${random.below(99) + 1}`)),
  kind('negative price', /^unitPriceMinor is negative/, (facts) => withColumn(facts, 'unitPriceMinor', '-1')),
  kind('not a number', /^count is not a whole number/, (facts, random) =>
    withColumn(facts, 'count', random.pick(NO_NUMBERS)),
  ),
  kind('price not a number', /^unitPriceMinor is not a whole number/, (facts) =>
    withColumn(facts, 'unitPriceMinor', '2.50'),
  ),
  kind('overflow', /^count is above 2147483647/, (facts, random) =>
    withColumn(facts, 'count', random.pick(ABOVE_INTEGER)),
  ),
  kind('too long', /is longer than \d+ characters$/, (facts, random) =>
    withColumn(
      facts,
      ...random.pick<[Column, string]>([
        ['store', 'x'.repeat(129)],
        ['item', 'x'.repeat(65)],
        ['name', 'x'.repeat(256)],
      ]),
    ),
  ),
  kind('bad UTF-8', /is not UTF-8 text$/, (facts, random) =>
    withColumn(facts, random.pick(['store', 'item', 'name']), `x${BAD_BYTE}y`),
  ),
  kind('control character', /holds a control character$/, (facts, random) =>
    withColumn(facts, random.pick(['store', 'item']), 'x\0y'),
  ),
  kind('quote not closed', /^a quote is not closed/, (facts, random) =>
    random.pick([`"${facts.store},${facts.sku},${facts.count}\n`, `${facts.store},${facts.sku},1,"Card,250\n`]),
  ),
  kind('text after quote', /quote/, (facts) => `"${facts.store}"x,${facts.sku},${facts.count},,\n`),
];

function kind(name: string, reason: RegExp, write: BadKind['write']): BadKind {
  return { name, reason, write };
}

function withColumn(facts: StockFacts, column: Column, text: string): string {
  return line(Object.values({ ...columnsOf(facts), [column]: text }).map(quote));
}
