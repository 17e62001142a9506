import { readFileSync } from 'node:fs';
import path from 'node:path';
import { CHART } from './chart.js';
import { chartReadme } from './readme.js';

describe("The chart's README", () => {
  it('is up to date; otherwise run "npm run build" and "node tools/chart/dist/write-readme.main.js"', () => {
    expect(readFileSync(path.join(CHART, 'README.md'), 'utf8')).toBe(chartReadme());
  });

  it('has the values of the schema, with their defaults', () => {
    const readme = chartReadme();
    expect(readme).toContain('| `kafka.topics.partitions` | `12` | Of each queue and topic');
    expect(readme).toContain('| `services.orders.replicas` | `2` | How many, over all tracks');
  });
});
