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

/** Why programs could not be had: a sentence each, by the name of the program. */
export type Unavailable = Readonly<Record<string, string>>;

/**
 * Installs the programs that suites need, before the clock of any of their tests runs: the servers first, then what checks the
 * chart. Suites are told of those that cannot be had, so that each skips at once and says why.
 * @returns `all`: the servers too
 */
export function obtainPrograms(): { readonly servers: Promise<Unavailable>; readonly all: Promise<Unavailable> } {
  const servers = obtainAll(SERVERS, {});
  return { servers, all: servers.then((unavailable) => obtainAll(CHECKERS, unavailable)) };
}

async function obtainAll(programs: readonly Program[], others: Unavailable): Promise<Unavailable> {
  const reasons: Record<string, string> = { ...others };
  for (const program of programs) {
    try {
      await obtain(program, (text) => process.stdout.write(`${text}\n`));
    } catch (error) {
      reasons[program.name] = (error as Error).message;
    }
  }
  process.env[UNAVAILABLE_VARIABLE] = JSON.stringify(reasons);
  return reasons;
}
