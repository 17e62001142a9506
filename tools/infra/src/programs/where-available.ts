import { obtain, type Program } from './program.js';

/** Jest's `describe`, or what skips as it does. */
interface Skippable {
  readonly skip: this;
}

/** Programs that `npm test` could not get, with the reason, so that not every suite tries again: JSON, name to reason. */
export const UNAVAILABLE_VARIABLE = 'LOOSELEAF_UNAVAILABLE';

/**
 * For suites that need a server which may have to be installed first:
 *
 *     const describeOnKafka = await whereAvailable(describe, kafka);
 *     describeOnKafka('The Kafka broker', () => { … });
 *
 * Installs what is missing, which may take minutes. Where that cannot be done the suite is skipped, and standard error says
 * why.
 * @throws InfrastructureError `PROGRAM.UNAVAILABLE` where `CI=true`: a machine that judges must not skip
 */
export async function whereAvailable<Describe extends Skippable>(
  describe: Describe,
  ...programs: readonly Program[]
): Promise<Describe> {
  const known = JSON.parse(process.env[UNAVAILABLE_VARIABLE] ?? '{}') as Readonly<Record<string, string>>;
  for (const program of programs) {
    try {
      const reason = known[program.name];
      if (reason !== undefined) throw new Error(reason);
      await obtain(program, (text) => process.stderr.write(`${text}\n`));
    } catch (error) {
      if (process.env.CI === 'true') throw error;
      process.stderr.write(`skipped: ${(error as Error).message}\n`);
      return describe.skip;
    }
  }
  return describe;
}
