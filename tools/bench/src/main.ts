import { Command, Option } from 'commander';
import { benchAccept } from './accept.bench.js';
import { benchCache } from './cache/cache.bench.js';
import { benchCart } from './cart.bench.js';
import { formatFigures, type Figure, type Findings } from './figure.js';
import { benchImport } from './import/import.bench.js';
import { benchKafka } from './kafka/kafka.bench.js';
import { benchNotify } from './notify/notify.bench.js';
import { benchOrder } from './order.bench.js';
import { benchOutage } from './outage.bench.js';

interface Options {
  readonly rounds: number;
  readonly seconds: number;
  readonly orders: number;
  readonly rows: number;
  readonly seed: number;
  readonly cacheSeconds: number;
  readonly broker: string;
  readonly json?: boolean;
}

const BENCHES: Readonly<Record<string, (options: Options) => Promise<Findings>>> = {
  accept: async (options) => ({ figures: await benchAccept(options) }),
  order: async (options) => ({ figures: await benchOrder(options) }),
  cart: async (options) => ({ figures: await benchCart(options) }),
  cache: benchCache,
  import: async (options) => ({ figures: await benchImport(options) }),
  notify: async () => ({ figures: await benchNotify() }),
  outage: async (options) => ({ figures: await benchOutage(options) }),
  kafka: async (options) => ({ figures: await benchKafka(options) }),
};
const NAMES = Object.keys(BENCHES);

/** `looseleaf bench`: each starts a shop of its own, so a running one is left alone (but shares the machine). */
const program = new Command('looseleaf bench')
  .description('measure the shop; ratios compare within one run, so they hold on other machines')
  .argument('[benches...]', `which: ${NAMES.join(', ')}`, NAMES)
  .option('--rounds <n>', 'pairs of measurements of accept, cart, kafka and outage', Number, 5)
  .option('--seconds <n>', 'length of each of them', Number, 4)
  .option('--orders <n>', 'orders of the cost of an order', Number, 20_000)
  .option('--rows <n>', 'rows of the stock file of import, a multiple of 50', Number, 1_000_000)
  .option('--seed <n>', 'of the random reads and writes of cache', Number, 1)
  .option('--cache-seconds <n>', 'length of each strategy of cache', Number, 6)
  .addOption(
    new Option('--broker <name>', 'of the shop of accept and order').choices(['postgres', 'kafka']).default('postgres'),
  )
  .option('--json', 'as JSON, for scripts')
  .action(async (names: string[], options: Options) => {
    const unknown = names.filter((name) => !NAMES.includes(name));
    if (unknown.length > 0) program.error(`unknown bench: ${unknown.join(', ')}; there are ${NAMES.join(', ')}`);
    const figures: Figure[] = [];
    for (const name of names) {
      process.stderr.write(`${name} …\n`);
      const findings = await BENCHES[name]!(options);
      figures.push(...findings.figures);
      if (findings.text && !options.json) console.log(`${findings.text}\n`);
    }
    console.log(options.json ? JSON.stringify(figures, null, 2) : formatFigures(figures));
    process.exitCode = figures.every(({ reached }) => reached) ? 0 : 1;
  });

await program.parseAsync();
