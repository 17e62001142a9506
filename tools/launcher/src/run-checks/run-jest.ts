import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { installedProgram, runProgram } from './run-program.js';

/** What is used of Jest's JSON report. */
interface JestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  /** Files that could not be loaded, so that none of their tests ran. */
  readonly numRuntimeErrorTestSuites: number;
}

/** Jest then waits for ever: a test has left a timer, a connection or a process behind. */
const NEVER_EXITS = 'Jest did not exit one second after the test run has completed';

/** A server that lives for a minute never gets back what Java's second compiler costs it: 40 % of its time. */
const BRIEF_SERVERS = { JAVA_TOOL_OPTIONS: '-XX:TieredStopAtLevel=1' };

export interface TestCount {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/**
 * Runs Jest with these arguments and shows what it prints. A file that does not load counts as one failure.
 * @param temporaryDirectory where the tests keep their data
 */
export async function runJest(args: readonly string[], temporaryDirectory = tmpdir()): Promise<TestCount> {
  const folder = mkdtempSync(path.join(tmpdir(), 'looseleaf-jest-'));
  try {
    const reportFile = path.join(folder, 'report.json');
    // Jest runs ES modules in the VM mode of Node, which is still behind a flag.
    process.env.NODE_OPTIONS = '--experimental-vm-modules --disable-warning=ExperimentalWarning';
    const program = installedProgram('jest');
    const { ok } = await runProgram(program, ['--json', `--outputFile=${reportFile}`, ...args], {
      show: true,
      killOn: NEVER_EXITS,
      env: { TMPDIR: temporaryDirectory, ...BRIEF_SERVERS },
    });
    if (!existsSync(reportFile)) return { passed: 0, failed: 1, skipped: 0 };
    const report = JSON.parse(readFileSync(reportFile, 'utf8')) as JestReport;
    const failed = report.numFailedTests + report.numRuntimeErrorTestSuites;
    // Jest also fails for reasons that are no test's own, such as one that leaves something open.
    return {
      passed: report.numPassedTests,
      failed: ok ? failed : Math.max(failed, 1),
      skipped: report.numPendingTests,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
