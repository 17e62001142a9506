import { Command } from 'commander';
import { benchAccept } from './accept.bench.js';
import { formatFigures, type Figure } from './figure.js';
import { benchOrder } from './order.bench.js';

const BENCHES = ['accept', 'order'] as const;

interface Options {
  readonly rounds: number;
  readonly seconds: number;
  readonly orders: number;
  readonly json?: boolean;
}

/** `looseleaf bench`: each starts a shop of its own, so a running one is left alone (but shares the machine). */
const program = new Command('looseleaf bench')
  .description('measure the shop; ratios compare within one run, so they hold on other machines')
  .argument('[benches...]', `which: ${BENCHES.join(', ')}`, [...BENCHES])
  .option('--rounds <n>', 'pairs of measurements of accept', Number, 5)
  .option('--seconds <n>', 'length of each of them', Number, 4)
  .option('--orders <n>', 'orders of the cost of an order', Number, 20_000)
  .option('--json', 'as JSON, for scripts')
  .action(async (names: string[], options: Options) => {
    const unknown = names.filter((name) => !(BENCHES as readonly string[]).includes(name));
    if (unknown.length > 0) program.error(`unknown bench: ${unknown.join(', ')}; there are ${BENCHES.join(', ')}`);
    const figures: Figure[] = [];
    for (const name of names) {
      process.stderr.write(`${name} …\n`);
      figures.push(...(name === 'accept' ? await benchAccept(options) : await benchOrder(options)));
    }
    console.log(options.json ? JSON.stringify(figures, null, 2) : formatFigures(figures));
    process.exitCode = figures.every(({ reached }) => reached) ? 0 : 1;
  });

await program.parseAsync();
