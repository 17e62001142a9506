import { Command, Option } from 'commander';
import { EMBEDDED } from './data-directory/shop-state.js';
import { addInfra } from './infra/infra-commands.js';
import { dataDir, fromCaller, json, kafkaNodes, parseLimit, parsePort } from './options.js';
import { LONGEST_DELAY_MS } from './servers/back-off.js';
import { CACHING_HELP, parseCaching } from './start-shop/caching-plan.js';
import { ONE_OF_EACH, parseReplicas } from './start-shop/service-plan.js';

const DEFAULT_PORT = 3000;

/** The command line. Each command's code is loaded when it is used, so that `status` is quick. */
export function createProgram(): Command {
  const program = new Command('looseleaf')
    .description('A shop of loosely coupled services that never loses and never doubles an accepted order.')
    .exitOverride()
    .enablePositionalOptions()
    .showHelpAfterError();
  addStart(program);
  addOperations(program);
  addUpkeep(program);
  addInfra(program);
  addProvision(program);
  addTools(program);
  return program;
}

function addStart(program: Command): void {
  addBackingChoices(program.command('start').description('run the shop until Ctrl-C'))
    .addOption(
      new Option('--port <port>', 'of the web tier; 0 takes a free one').default(DEFAULT_PORT).argParser(parsePort),
    )
    .addOption(dataDir())
    .addOption(
      new Option('--replicas <list>', 'processes of each service, like web=2,orders=1; 0 leaves one out')
        .default(ONE_OF_EACH, 'one of each')
        .argParser(parseReplicas),
    )
    .addOption(
      new Option('--caching <list>', `how reads are cached: ${CACHING_HELP}`)
        .default({}, 'the first of each')
        .argParser(parseCaching),
    )
    .addOption(
      new Option(
        '--toxiproxy',
        'put a proxy between each service and each server, to make their network slow or cut it',
      ).default(false),
    )
    .addOption(new Option('--log-level <level>', 'of the services').default('info'))
    .addOption(
      new Option('--shutdown-deadline-ms <ms>', 'time a stopping service gives to the work it holds')
        .default(10_000)
        .argParser(Number),
    )
    .addOption(
      new Option('--restart-limit-ms <ms>', 'longest wait before a service that crashes again and again is restarted')
        .default(LONGEST_DELAY_MS)
        .argParser(Number),
    )
    .action(async (options) => (await import('./start-shop/start-shop.js')).startShop(options));
}

/** What the shop runs on. */
function addBackingChoices(command: Command): Command {
  return command
    .addOption(
      new Option('--broker <name>', 'what carries messages').choices(['postgres', 'kafka']).default(EMBEDDED.broker),
    )
    .addOption(kafkaNodes('--kafka-nodes'))
    .addOption(
      new Option('--cache <name>', 'where the caches are that several processes may share')
        .choices(['memory', 'redis'])
        .default(EMBEDDED.cache),
    )
    .addOption(
      new Option('--object-store <name>', 'where files are').choices(['files', 's3']).default(EMBEDDED.objectStore),
    );
}

function addOperations(program: Command): void {
  program
    .command('status')
    .description('what runs where, and how it is')
    .addOption(dataDir())
    .addOption(json())
    .action(async (options) => (await import('./operate/show-status.js')).showStatus(options));
  program
    .command('queues')
    .description('what waits in each queue')
    .addOption(dataDir())
    .addOption(json())
    .action(async (options) => (await import('./operate/show-queues.js')).showQueues(options));
  program
    .command('redrive <queue>')
    .description("give a queue's dead letters back to it")
    .addOption(dataDir())
    .addOption(json())
    .action(async (queue, options) => (await import('./operate/redrive-queue.js')).redriveQueue(queue, options));
  program
    .command('stock <file>')
    .description('load a CSV file of stock: store,item,count and optionally name,unitPriceMinor')
    .addOption(dataDir())
    .addOption(json())
    .action(async (file, options) => (await import('./operate/load-stock.js')).loadStock(fromCaller(file), options));
  program
    .command('mail')
    .description('the mail that the shop has sent, the newest first')
    .addOption(new Option('--to <address>', 'to this recipient only'))
    .addOption(new Option('--limit <mails>', 'how many').default(10).argParser(parseLimit))
    .addOption(dataDir())
    .addOption(json())
    .action(async (options) => (await import('./operate/show-mail.js')).showMail(options));
}

function addUpkeep(program: Command): void {
  program
    .command('env <service>')
    .description('the environment of a service, to run it by hand: node --env-file=<(…)')
    .addOption(dataDir())
    .action(async (service, options) =>
      (await import('./operate/show-environment.js')).showEnvironment(service, options),
    );
  program
    .command('stop')
    .description('end the running shop')
    .addOption(dataDir())
    .action(async ({ dataDir: directory }) => {
      const stopped = await (await import('./operate/stop-shop.js')).stopShop(directory);
      console.log(stopped ? 'The shop is stopped.' : `No shop runs in ${directory}.`);
    });
  program
    .command('reset')
    .description('stop the shop and delete its data')
    .addOption(dataDir())
    .option('--yes', 'without asking')
    .action(async (options) => (await import('./operate/reset-shop.js')).resetShop(options));
}

function addProvision(program: Command): void {
  program
    .command('provision')
    .description('create the queues, topics and bucket of a shop where its environment says: BROKER, OBJECT_STORE, …')
    .action(async () => {
      const { delegate } = await import('./operate/delegate.js');
      await delegate('launcher', 'start-shop/prepare-backing-services.main.js', []);
    });
}

/** Programs of their own, with their own options. */
function addTools(program: Command): void {
  for (const [name, tool, file, description] of [
    ['replay', 'replay', 'main.js', 'run a file of real trade through the shop, and account for every order'],
    ['generate-stock', 'replay', 'generate-stock.main.js', 'write a stock file of which a known share of rows is bad'],
    ['check-stock', 'replay', 'check-stock.main.js', 'load such a file, and see that just those rows are rejected'],
    ['load', 'load', 'main.js', 'put load on a shop with k6, and account for every order'],
    ['bench', 'bench', 'main.js', 'measure the shop'],
    ['cluster', 'cluster', 'main.js', 'bring up the shop on Kubernetes, or remove it: cluster up, cluster down'],
  ] as const) {
    program
      .command(name)
      .description(description)
      .argument('[arguments...]')
      .helpOption(false)
      .allowUnknownOption()
      .passThroughOptions()
      .action(async (args: string[]) => (await import('./operate/delegate.js')).delegate(tool, file, args));
  }
  program
    .command('test')
    .description('run every check and test, or the tests whose path matches')
    .argument('[jest arguments...]')
    .helpOption(false)
    .allowUnknownOption()
    .passThroughOptions()
    .action(async (args: string[]) => (await import('./run-checks/run-checks.js')).runChecks(args));
  program
    .command('test-cluster')
    .description('run the tests on a cluster: `npm run test:cluster`, see k8s/README.md')
    .argument('[jest arguments...]')
    .helpOption(false)
    .allowUnknownOption()
    .passThroughOptions()
    .action(async (args: string[]) => (await import('./run-checks/run-cluster-tests.js')).runClusterTests(args));
}
