import { statfsSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { obtainPrograms } from './obtain-programs.js';
import { runJest, type TestCount } from './run-jest.js';
import { runStaticChecks } from './static-checks.js';

/** The build came before: without it this code would not run. */
const BUILD: TestCount = { passed: 1, failed: 0, skipped: 0 };
const NOTHING: TestCount = { passed: 0, failed: 0, skipped: 0 };
const END_TO_END = 'apps/e2e/';
/** Its checkers take longest to install. */
const CHART = 'tools/chart/';
const SEQUENCER = '<rootDir>/tools/launcher/shared-suites-early.sequencer.cjs';
const MEMORY = '/dev/shm';
const ENOUGH_BYTES = 4 * 1024 ** 3;

/** Shops of five services that wait more than they compute. With three nodes of Kafka beside it, one fills two cores. */
const SHOPS_AT_A_TIME = 2;
const DISTRIBUTED = `${END_TO_END}src/distributed/`;

/** Suites of the embedded system that tell something else on servers, and that those made for servers do not tell. */
const ALSO_ON_SERVERS = `${END_TO_END}.*/(inventory|everything)\\.e2e\\.`;
const SERVER_FLAGS = '--broker kafka --cache redis --object-store s3';

/**
 * `npm test`: format, lint, types, boundaries, unit and integration tests, then the whole system. Suites whose server cannot
 * be installed are skipped; with `CI=true` they fail. With arguments: only the tests that Jest finds by them. The last line is `N passed, N failed`.
 */
export async function runChecks(jestArguments: readonly string[]): Promise<void> {
  const { passed, failed, skipped } =
    jestArguments.length > 0 ? await runJest(jestArguments, quietDirectory()) : await runEverything();
  if (skipped > 0) console.log(`${skipped} skipped`);
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}

async function runEverything(): Promise<TestCount> {
  const { servers, all } = obtainPrograms();
  // Tests wait for servers and processes much of their time.
  const [checks, tests, unavailable] = await Promise.all([runStaticChecks(), servers.then(runTests), all]);
  const system = await runSystem();
  const again = Object.keys(await servers).length > 0 ? NOTHING : await runSystemOnServers();
  for (const reason of Object.values(unavailable)) console.log(`\nSuites that need it did not run: ${reason}`);
  return add(BUILD, checks, tests, system, again);
}

/** One worker more than processors: they wait for servers a third of their time. */
function runTests(): Promise<TestCount> {
  console.log('\nUnit and integration tests');
  const workers = ['--maxWorkers', String(availableParallelism() + 1), '--testSequencer', SEQUENCER];
  return runJest([...workers, '--testPathIgnorePatterns', END_TO_END, CHART]);
}

async function runSystem(): Promise<TestCount> {
  console.log('\nThe chart, and the whole system: processes, outages, recovery');
  const others = [END_TO_END, CHART, '--testPathIgnorePatterns', DISTRIBUTED];
  const embedded = await runJest(['--maxWorkers', String(SHOPS_AT_A_TIME), ...others], quietDirectory());
  return add(embedded, await runJest(['--runInBand', DISTRIBUTED], quietDirectory()));
}

function add(...counts: readonly TestCount[]): TestCount {
  return counts.reduce((sum, { passed, failed, skipped }) => ({
    passed: sum.passed + passed,
    failed: sum.failed + failed,
    skipped: sum.skipped + skipped,
  }));
}

function runSystemOnServers(): Promise<TestCount> {
  console.log(`\nThe same system with ${SERVER_FLAGS}`);
  process.env.LOOSELEAF_TEST_FLAGS = SERVER_FLAGS;
  // One by one: two shops with servers of their own are too many for two cores.
  return runJest(['--runInBand', ALSO_ON_SERVERS], quietDirectory());
}

/**
 * A folder in memory where there is one of some size. The outages are of processes: what they write outlives them there as
 * well, and a disk that others keep busy for seconds does not look like an outage of its own.
 */
function quietDirectory(): string {
  try {
    const { bavail, bsize } = statfsSync(MEMORY);
    return bavail * bsize >= ENOUGH_BYTES ? MEMORY : tmpdir();
  } catch {
    return tmpdir(); // there is none on this system
  }
}
