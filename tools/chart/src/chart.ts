import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { parse, parseAllDocuments } from 'yaml';

const run = promisify(execFile);
export const REPOSITORY = path.resolve(import.meta.dirname, '../../..');
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/** Where the chart is. */
export const CHART = path.join(REPOSITORY, 'charts/looseleaf');
/** Values for each way in which the chart is meant to be used: every check runs on each. */
export const PRESETS = readdirSync(path.join(CHART, 'ci')).map((file) => file.replace(/-values\.yaml$/, ''));
/** Where a release of the tests is rendered for. */
export const NAMESPACE = 'shop';

/** An object of Kubernetes. */
export interface Manifest {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: unknown;
}

export interface ProgramResult {
  readonly code: number;
  /** Standard output, then standard error. */
  readonly output: string;
}

/** Runs a program to its end, however that is. */
export async function runToEnd(program: string, args: readonly string[], input?: string): Promise<ProgramResult> {
  const child = run(program, args, { cwd: REPOSITORY, maxBuffer: MAX_OUTPUT_BYTES });
  child.child.stdin?.end(input);
  try {
    const { stdout, stderr } = await child;
    return { code: 0, output: stdout + stderr };
  } catch (error) {
    const { code, stdout = '', stderr = '' } = error as { code?: unknown; stdout?: string; stderr?: string };
    if (typeof code !== 'number') throw error;
    return { code, output: stdout + stderr };
  }
}

export function valuesOf(preset: string): string {
  return path.join(CHART, 'ci', `${preset}-values.yaml`);
}

/** @returns manifests as text, or what Helm says against it */
export function render(helm: string, preset: string, ...args: readonly string[]): Promise<ProgramResult> {
  return runToEnd(helm, ['template', 'shop', CHART, '--namespace', NAMESPACE, '--values', valuesOf(preset), ...args]);
}

/** @throws Error when Helm does not render it */
export async function manifestsOf(helm: string, preset: string, ...args: readonly string[]): Promise<Manifest[]> {
  const { code, output } = await render(helm, preset, ...args);
  if (code !== 0) throw new Error(output);
  return parseAllDocuments(output)
    .map((document) => document.toJS() as Manifest | null)
    .filter((manifest) => manifest !== null);
}

/** A YAML file of the chart. */
export function readChartFile(file: string): unknown {
  return parse(readFileSync(path.join(CHART, file), 'utf8'));
}
