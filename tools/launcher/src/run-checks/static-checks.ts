import type { TestCount } from './run-jest.js';
import { installedProgram, runProgram } from './run-program.js';

/** A check of the sources: it passes or fails as a whole. */
interface StaticCheck {
  readonly title: string;
  readonly program: string;
  readonly args: readonly string[];
  /** What to do when it fails. */
  readonly advice: string;
}

const CHECKS: readonly StaticCheck[] = [
  {
    title: 'Format',
    program: installedProgram('prettier'),
    args: ['--check', '--log-level', 'warn', '.'],
    advice: 'Run "npm run format".',
  },
  {
    title: 'Lint',
    program: installedProgram('eslint'),
    args: ['--max-warnings', '0', '.'],
    advice: 'Correct what is listed above; "npm run lint -- --fix" corrects some of it.',
  },
  {
    title: 'Types',
    program: installedProgram('typescript', 'tsc'),
    args: ['--project', 'tsconfig.json'],
    advice: 'Correct what the compiler lists above (tests are checked here too).',
  },
  {
    title: 'Boundaries',
    program: installedProgram('dependency-cruiser', 'depcruise'),
    args: ['--config', '.dependency-cruiser.cjs', 'libs', 'apps', 'tools'],
    advice: 'Each rule says in .dependency-cruiser.cjs why it is there; move the code to where it belongs.',
  },
];

/** Format, lint, types and boundaries, one after the other. */
export async function runStaticChecks(): Promise<TestCount> {
  let failed = 0;
  for (const check of CHECKS) {
    const startedAt = performance.now();
    const { ok, output } = await runProgram(check.program, check.args);
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    // One line at the end, since others write meanwhile.
    process.stdout.write(`${check.title} … ${ok ? 'ok' : 'FAILED'}, ${seconds} s\n`);
    if (ok) continue;
    failed++;
    process.stdout.write(`${output.trimEnd()}\n→ ${check.advice}\n\n`);
  }
  return { passed: CHECKS.length - failed, failed, skipped: 0 };
}
