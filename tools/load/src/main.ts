import { readShop } from '@looseleaf/launcher';
import { dataDirOption, fromCaller, parseAbove, runProgram } from '@looseleaf/replay';
import { Argument, Command, InvalidArgumentError } from 'commander';
import { load } from './load.js';
import { printReport } from './report/print-report.js';
import { writeHtmlReport } from './report/html-report.js';
import { SCENARIO_NAMES, SCENARIOS, type ScenarioName } from './scenarios/scenario.js';

/** As a shell reports a program that Ctrl-C ended. */
const INTERRUPTED_EXIT_CODE = 130;
/** One Ctrl-C may come more than once: the terminal and the launcher both pass it on. */
const SAME_INTERRUPTION_MS = 500;

interface Flags {
  readonly address?: string;
  readonly remote: boolean;
  readonly rate?: number;
  readonly duration?: number;
  readonly p95?: number;
  readonly maxFailed?: number;
  readonly patience: number;
  readonly report?: string;
  readonly dataDir: string;
  readonly json: boolean;
}

const program = new Command('looseleaf load')
  .description(
    'Puts load on a shop with k6, in an open model: customers arrive at a rate, however slow the shop is. Ends by itself, and ' +
      'with the account of every order from the shop itself. Exits with 1 when a threshold is broken or an order is lost, ' +
      'doubled or not final, with 2 when it cannot run, with 130 when Ctrl-C ended it and all it sent is well.',
  )
  .addArgument(new Argument('<scenario>', describeScenarios()).choices(SCENARIO_NAMES))
  .option(
    '--address <url>',
    'of the shop (default: the one that runs in --data-dir); OPERATOR_KEY holds its operator key',
  )
  .option('--remote', 'the address is not on this machine, and load on it is meant', false)
  .option('--rate <arrivals>', "a second (default: the scenario's)", parseAbove(0))
  .option('--duration <seconds>', "(default: the scenario's)", parseAbove(0))
  .option('--p95 <ms>', "limit of the 95th percentile (default: the scenario's)", parseAbove(0))
  .option('--max-failed <percent>', 'of requests that may fail (default: 0)', parsePercent)
  .option(
    '--patience <seconds>',
    'how long to wait, after the load, when no order becomes final or the shop is away',
    parseAbove(0),
    120,
  )
  .option('--report <file>', 'write a page of HTML with the figures and the course of the load')
  .addOption(dataDirOption())
  .option('--json', 'print the report as JSON', false)
  .action(run);

async function run(scenario: ScenarioName, flags: Flags): Promise<void> {
  const report = await load(scenario, {
    ...findShop(flags),
    isRemoteMeant: flags.remote,
    patienceMs: flags.patience * 1_000,
    signal: interrupted(),
    ...(flags.rate !== undefined && { ratePerSecond: flags.rate }),
    ...(flags.duration !== undefined && { durationSeconds: flags.duration }),
    ...(flags.p95 !== undefined && { p95Ms: flags.p95 }),
    ...(flags.maxFailed !== undefined && { maxFailedShare: flags.maxFailed / 100 }),
  });
  if (flags.report !== undefined) writeHtmlReport(report, fromCaller(flags.report));
  console.log(flags.json ? JSON.stringify(report, null, 2) : printReport(report));
  if (!report.ok) process.exitCode = 1;
  else if (report.isInterrupted) process.exitCode = INTERRUPTED_EXIT_CODE;
}

/** Ctrl-C ends the load, and a second one also the account. */
function interrupted(): AbortSignal {
  const interruption = new AbortController();
  let interruptedAtMs = Infinity;
  const interrupt = (): void => {
    if (Date.now() > interruptedAtMs + SAME_INTERRUPTION_MS) process.exit(INTERRUPTED_EXIT_CODE);
    interruptedAtMs = Math.min(interruptedAtMs, Date.now());
    interruption.abort();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, interrupt);
  return interruption.signal;
}

/** A shop elsewhere has its key in the environment, where other users of the machine do not see it. */
function findShop({ address, dataDir }: Flags): { address: string; operatorKey?: string } {
  if (address === undefined) {
    const { webUrl, operatorKey } = readShop(dataDir);
    return { address: webUrl, operatorKey };
  }
  const { OPERATOR_KEY: operatorKey } = process.env;
  return { address, ...(operatorKey && { operatorKey }) };
}

function describeScenarios(): string {
  return SCENARIO_NAMES.map((name) => {
    const { description, ratePerSecond, arrivals, durationSeconds } = SCENARIOS[name];
    return `${name}: ${description} (${ratePerSecond} ${arrivals}/s, ${durationSeconds} s)`;
  }).join('\n');
}

function parsePercent(text: string): number {
  const percent = Number(text);
  if (text.trim() !== '' && percent >= 0 && percent <= 100) return percent;
  throw new InvalidArgumentError('It must be a number from 0 to 100.');
}

await runProgram(program);
