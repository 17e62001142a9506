import { Journal } from '../run-k6/journal.js';
import { drawUpAccount } from '../account/account.js';
import { readSummary } from '../run-k6/summary.js';
import { htmlReport } from './html-report.js';
import { composeReport, type LoadReport } from './load-report.js';
import { printReport } from './print-report.js';

/** A run of one order, which is there; a threshold of 500 ms. */
function report({ isThresholdHeld = true, isLost = false, address = 'http://127.0.0.1:3000' } = {}): LoadReport {
  const journal = new Journal();
  journal.add(['sent', '1', []]);
  journal.add(['accepted', '1', 'a', 20]);
  const summary = readSummary(
    JSON.stringify({
      metrics: {
        http_reqs: { values: { count: 1_234 } },
        http_req_failed: { values: { rate: 0, passes: 7 } },
        'http_req_duration{name:place order}': {
          values: { 'p(95)': 20 },
          thresholds: { 'p(95)<500': { ok: isThresholdHeld } },
        },
      },
    }),
  );
  const recorded = isLost ? [] : [{ id: 'a', state: 'confirmed', lines: [], history: [] }];
  return composeReport({
    name: 'smoke',
    webUrl: address,
    runId: 'run',
    startedAt: new Date(0),
    amount: { ratePerSecond: 1, durationSeconds: 1, arrivals: 1 },
    isInterrupted: false,
    run: { summary, remarks: [] },
    journal,
    account: drawUpAccount({ sent: journal.orders, cancelledIds: new Set(), recorded }),
    files: undefined,
  });
}

describe('The report of a load', () => {
  it('takes the figures from k6 and from the account', () => {
    expect(report()).toMatchObject({
      requests: 1_234,
      failedRequests: 7,
      thresholds: [{ metric: 'http_req_duration{name:place order}', expression: 'p(95)<500', measured: 20, ok: true }],
      acceptMs: { p50: 20 },
      account: { accepted: 1, confirmed: 1 },
      ok: true,
    });
  });

  it('is well only when thresholds hold and the account is clean', () => {
    expect(report({ isThresholdHeld: false })).toMatchObject({ ok: false });
    expect(report({ isLost: true })).toMatchObject({ ok: false });
  });

  it('names what is lost, and what was broken', () => {
    const text = printReport(report({ isThresholdHeld: false, isLost: true }));
    expect(text).toMatch(/^ *lost +1 {2}a$/m);
    expect(text).toMatch(/^ *BROKEN {2}ms of "place order" p\(95\)<500 \(20\)$/m);
  });

  it('is a page on which nothing from elsewhere is markup', () => {
    const page = htmlReport(report({ address: 'http://127.0.0.1/<script>' }));
    expect(page).toContain('smoke: passed');
    expect(page).toContain('&lt;script&gt;');
    expect(page).not.toContain('<script>');
  });
});
