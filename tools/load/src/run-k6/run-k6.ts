import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { PLAN_VARIABLE, SUMMARY_VARIABLE, type LoadPlan } from '../k6/plan.js';
import type { LoadRecord } from '../k6/record.js';
import { LoadError } from '../load.error.js';
import { readLogLine } from './log-line.js';
import { readSummary, type Summary } from './summary.js';

/** As built; k6 runs JavaScript modules. */
const SCRIPT = path.join(import.meta.dirname, '../../dist/k6/script.js');
/** k6's exit codes: all well, a threshold broken, interrupted. */
const EXPECTED_EXIT_CODES: readonly (number | null)[] = [0, 99, 105];
/** Each remark once, and not without end. */
const MAX_REMARKS = 20;

export interface K6Run {
  readonly summary: Summary;
  /** What k6 had to say beside the records, each text once. */
  readonly remarks: readonly string[];
}

export interface K6Options {
  readonly program: string;
  readonly plan: LoadPlan;
  onRecord(record: LoadRecord): void;
  /** Ends the load early. */
  readonly signal: AbortSignal;
}

/**
 * Runs the script until its time is over.
 * @throws LoadError `LOAD.K6_FAILED` with what k6 said
 */
export async function runK6({ program, plan, onRecord, signal }: K6Options): Promise<K6Run> {
  const folder = await mkdtemp(path.join(tmpdir(), 'looseleaf-load-'));
  const summaryFile = path.join(folder, 'summary.json');
  try {
    const k6 = spawn(program, ['run', ...ARGUMENTS, SCRIPT], {
      stdio: ['ignore', 'ignore', 'pipe'],
      // In a process group of its own: Ctrl-C in a terminal reaches every process of the group, and a second one kills k6.
      detached: true,
      env: { ...process.env, ...ENVIRONMENT, [PLAN_VARIABLE]: JSON.stringify(plan), [SUMMARY_VARIABLE]: summaryFile },
    });
    const interrupt = (): boolean => k6.kill('SIGINT');
    signal.addEventListener('abort', interrupt, { once: true });
    const remarks = new Set<string>();
    createInterface({ input: k6.stderr }).on('line', (line) => {
      const { record, remark } = readLogLine(line);
      if (record) onRecord(record);
      else if (remarks.size < MAX_REMARKS) remarks.add(remark);
    });
    const code = await new Promise<number | null>((resolve, reject) => k6.on('error', reject).on('close', resolve));
    signal.removeEventListener('abort', interrupt);
    if (!EXPECTED_EXIT_CODES.includes(code)) {
      throw new LoadError('LOAD.K6_FAILED', `k6 ended with ${code}\n${[...remarks].join('\n')}`);
    }
    return { summary: readSummary(await readFile(summaryFile, 'utf8')), remarks: [...remarks] };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Nothing is told to k6's makers, no port is opened, and the log goes to standard error as JSON. */
const ARGUMENTS = ['--quiet', '--no-usage-report', '--address=', '--log-format=json', '--log-output=stderr'] as const;
const ENVIRONMENT = { K6_AUTO_EXTENSION_RESOLUTION: 'false' } as const;
