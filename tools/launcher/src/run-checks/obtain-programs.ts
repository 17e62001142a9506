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

/** Both resolve with why programs could not be had, one sentence each. */
export interface ObtainedPrograms {
  readonly servers: Promise<readonly string[]>;
  readonly checkers: Promise<readonly string[]>;
}

/**
 * Installs the programs that suites need, before the clock of any of their tests runs: the servers first, then what checks the
 * chart. Suites are told of those that cannot be had, so that each skips at once and says why.
 */
export function obtainPrograms(): ObtainedPrograms {
  const servers = obtainAll(SERVERS);
  return { servers, checkers: servers.then(() => obtainAll(CHECKERS)) };
}

async function obtainAll(programs: readonly Program[]): Promise<readonly string[]> {
  const reasons: Record<string, string> = {};
  for (const program of programs) {
    try {
      await obtain(program, (text) => process.stdout.write(`${text}\n`));
    } catch (error) {
      reasons[program.name] = (error as Error).message;
    }
  }
  const others = JSON.parse(process.env[UNAVAILABLE_VARIABLE] ?? '{}') as Record<string, string>;
  process.env[UNAVAILABLE_VARIABLE] = JSON.stringify({ ...others, ...reasons });
  return Object.values(reasons);
}
