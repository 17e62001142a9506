import path from 'node:path';
import { readShop, REPOSITORY } from '@looseleaf/launcher';
import { Argument, Command, Option } from 'commander';
import { dataDirOption, fromCaller, parseAbove, parseDay, parseWhole, runProgram } from './command-line.js';
import { replay } from './replay.js';
import { printReport } from './report/print-report.js';

const SAMPLE = path.join(REPOSITORY, 'data', 'online-retail-sample.csv.gz');

interface Flags {
  readonly from?: string;
  readonly to?: string;
  readonly rate?: number;
  readonly via: 'api' | 'cart';
  readonly batch: number;
  readonly concurrency: number;
  /** False for `--no-stock`. */
  readonly stock: number | false;
  readonly checkPrices: boolean;
  readonly patience: number;
  readonly dataDir: string;
  readonly json: boolean;
}

const program = new Command('looseleaf replay')
  .description(
    'Runs real trade through the running shop: loads its stock and prices, sends its invoices as orders, cancels what was ' +
      'cancelled, waits until every order is final, and accounts for each one by the databases. ' +
      'Exits with 1 when an order is lost, doubled or not final or the stock does not add up, with 2 when it cannot run.',
  )
  .addArgument(
    new Argument('[file]', 'CSV, or CSV in gzip, with the columns that data/README.md names').default(
      SAMPLE,
      path.relative(REPOSITORY, SAMPLE),
    ),
  )
  .option('--from <day>', 'first day, YYYY-MM-DD', parseDay)
  .option('--to <day>', 'last day, YYYY-MM-DD', parseDay)
  .option('--rate <orders>', 'orders a second (default: flat out)', parseAbove(0))
  .addOption(
    new Option('--via <way>', 'api: send orders ready-made; cart: customers fill their carts and check out')
      .choices(['api', 'cart'])
      .default('api'),
  )
  .addOption(
    new Option('--batch <orders>', 'orders in a request, at most 500; not with carts')
      .argParser(parseWhole(1, 500))
      .default(1),
  )
  .option('--concurrency <requests>', 'requests under way at the same time', parseWhole(1, 1_000), 32)
  .option('--stock <factor>', 'stock to load, as a share of what the orders ask for', parseAbove(0), 1.25)
  .option('--no-stock', 'take stock and prices as they are')
  .option('--check-prices', 'send the price of each line: the shop then rejects what was cheaper than its price', false)
  .option(
    '--patience <seconds>',
    'how long to repeat a refused request, and to wait when no order moves',
    parseAbove(0),
    120,
  )
  .addOption(dataDirOption())
  .option('--json', 'print the account as JSON', false)
  .action(run);

async function run(file: string, flags: Flags): Promise<void> {
  if (flags.via === 'cart' && flags.batch > 1) program.error('error: a cart is one order; leave out --batch');
  const report = await replay(readShop(flags.dataDir), {
    file: file === SAMPLE ? file : fromCaller(file),
    from: flags.from,
    to: flags.to,
    ratePerSecond: flags.rate,
    via: flags.via,
    batchSize: flags.batch,
    concurrency: flags.concurrency,
    stockFactor: flags.stock === false ? undefined : flags.stock,
    checkPrices: flags.checkPrices,
    patienceMs: flags.patience * 1000,
  });
  console.log(flags.json ? JSON.stringify(report, null, 2) : printReport(report));
  if (!report.ok) process.exitCode = 1;
}

await runProgram(program);
