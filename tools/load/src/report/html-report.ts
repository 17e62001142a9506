import { writeFileSync } from 'node:fs';
import { printReport } from './print-report.js';
import type { LoadReport, SecondView } from './load-report.js';

const WIDTH = 800;
const HEIGHT = 160;

/** Writes the report as one page of HTML that needs nothing else. */
export function writeHtmlReport(report: LoadReport, file: string): void {
  writeFileSync(file, htmlReport(report));
}

/** The page: the verdict, what the load did second by second, and the report as it is printed. */
export function htmlReport(report: LoadReport): string {
  const { scenario, address, startedAt, ok, seconds } = report;
  const title = `${scenario}: ${ok ? 'passed' : 'FAILED'}`;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: ${WIDTH}px; margin: 2rem auto; padding: 0 1rem; color: #222; }
  h1 { color: ${ok ? '#17652f' : '#a11b1b'}; }
  svg { width: 100%; background: #f6f6f3; }
  pre { overflow-x: auto; }
</style>
<h1>${title}</h1>
<p>${escape(address)}, ${startedAt}</p>
${chart('accepted a second', seconds, ({ accepted }) => accepted, '#1d4f91')}
${chart('failed a second', seconds, ({ failed }) => failed, '#a11b1b')}
${chart('95th percentile of accepting, ms', seconds, ({ p95Ms }) => p95Ms, '#6b4a00')}
<pre>${escape(printReport(report))}</pre>
</html>
`;
}

/** A line over the seconds, from 0 to the highest value. */
function chart(
  title: string,
  seconds: readonly SecondView[],
  read: (second: SecondView) => number,
  colour: string,
): string {
  const values = seconds.map(read);
  const highest = values.reduce((most, value) => Math.max(most, value), 0);
  const points = values.map((value, second) => {
    const x = (second / Math.max(1, values.length - 1)) * WIDTH;
    const y = HEIGHT - (value / (highest || 1)) * (HEIGHT - 4) - 2;
    return `${x.toFixed(1)},${y.toFixed(1)}`;
  });
  return `<h2>${title}: at most ${Math.round(highest).toLocaleString('en')}</h2>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title}, over ${values.length} seconds">
  <polyline points="${points.join(' ')}" fill="none" stroke="${colour}" stroke-width="2"/>
</svg>`;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
