import { helmUnittestProgram, obtain, whereAvailable } from '@looseleaf/infra';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CHART, runToEnd } from './chart.js';

const describeChart = await whereAvailable(describe, helmUnittestProgram);

const WRONG = `
suite: wrong
templates: [secrets.yaml]
set: { backing: bundled }
tests:
  - it: fails
    asserts:
      - hasDocuments: { count: 7 }
`;

describeChart('What the chart renders', () => {
  let helmUnittest: string;
  beforeAll(async () => {
    helmUnittest = await obtain(helmUnittestProgram);
  });

  it('is what the tests beside it say', async () => {
    const { code, output } = await runToEnd(helmUnittest, [CHART]);
    expect([code, output]).toEqual([0, expect.stringMatching(/Test Suites: 4 passed, 4 total/)]);
  });

  it('would not pass if they said something else', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'looseleaf-test-'));
    try {
      const file = path.join(folder, 'wrong_test.yaml');
      writeFileSync(file, WRONG);
      const { code, output } = await runToEnd(helmUnittest, ['--file', path.relative(CHART, file), CHART]);
      expect([code, output]).toEqual([1, expect.stringContaining('1 failed')]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
