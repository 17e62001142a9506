import { runJest } from './run-jest.js';

/** `npm run test:cluster`: the tests that need a cluster, one after the other. The last line is `N passed, N failed`. */
export async function runClusterTests(jestArguments: readonly string[]): Promise<void> {
  const { passed, failed } = await runJest([
    '--config',
    'tools/cluster/jest.config.js',
    '--runInBand',
    ...jestArguments,
  ]);
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}
