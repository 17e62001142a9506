import {
  checkovProgram,
  helmProgram,
  helmUnittestProgram,
  k6Program,
  kubeconformProgram,
  kubernetesSchemas,
  kubeScoreProgram,
  kafkaProgram,
  obtain,
  redisProgram,
  toxiproxyProgram,
  UNAVAILABLE_VARIABLE,
  versitygwProgram,
  type Program,
} from '@looseleaf/infra';

/** Without one of these, the whole system is not run on them. */
const SERVERS = [kafkaProgram, redisProgram, versitygwProgram, toxiproxyProgram, k6Program];
/** What checks the chart. */
const CHECKERS = [
  helmProgram,
  helmUnittestProgram,
  kubeconformProgram,
  kubernetesSchemas,
  kubeScoreProgram,
  checkovProgram,
];

/** Why programs could not be had, one sentence each. */
export interface Unavailable {
  readonly servers: readonly string[];
  readonly checkers: readonly string[];
}

/**
 * Installs the programs that suites need, before the clock of any test runs. Suites are told of those that cannot be had, so
 * that each skips at once and says why.
 */
export async function obtainPrograms(): Promise<Unavailable> {
  const [servers, checkers] = [await obtainAll(SERVERS), await obtainAll(CHECKERS)];
  process.env[UNAVAILABLE_VARIABLE] = JSON.stringify({ ...servers, ...checkers });
  return { servers: Object.values(servers), checkers: Object.values(checkers) };
}

/** @returns the reasons, by the name of the program */
async function obtainAll(programs: readonly Program[]): Promise<Record<string, string>> {
  const reasons: Record<string, string> = {};
  for (const program of programs) {
    try {
      await obtain(program, (text) => process.stdout.write(`${text}\n`));
    } catch (error) {
      reasons[program.name] = (error as Error).message;
    }
  }
  return reasons;
}
