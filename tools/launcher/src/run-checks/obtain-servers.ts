import {
  k6Program,
  kafkaProgram,
  obtain,
  redisProgram,
  toxiproxyProgram,
  UNAVAILABLE_VARIABLE,
  versitygwProgram,
} from '@looseleaf/infra';

const PROGRAMS = [kafkaProgram, redisProgram, versitygwProgram, toxiproxyProgram, k6Program];

/**
 * Installs the servers that suites need, before the clock of any test runs. Suites are told of those that cannot be had, so
 * that each skips at once and says why.
 * @returns the reasons
 */
export async function obtainServers(): Promise<string[]> {
  const reasons: Record<string, string> = {};
  for (const program of PROGRAMS) {
    try {
      await obtain(program, (text) => process.stdout.write(`${text}\n`));
    } catch (error) {
      reasons[program.name] = (error as Error).message;
    }
  }
  process.env[UNAVAILABLE_VARIABLE] = JSON.stringify(reasons);
  return Object.values(reasons);
}
