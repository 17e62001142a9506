import { RECORD_MARK } from '../k6/record.js';
import { Journal } from './journal.js';
import { readLogLine } from './log-line.js';

const LINES = [{ sku: 'PEN', quantity: 1 }];

describe('A line of the log of k6', () => {
  it('is a record of a customer, or a remark', () => {
    const msg = `${RECORD_MARK}["sent","key",[{"sku":"PEN","quantity":1}]]`;
    expect(readLogLine(JSON.stringify({ level: 'info', msg }))).toEqual({ record: ['sent', 'key', LINES] });
    expect(readLogLine('{"error":"connection refused","level":"warning","msg":"Request Failed"}')).toEqual({
      remark: 'Request Failed: connection refused',
    });
    expect(readLogLine('panic: out of memory')).toEqual({ remark: 'panic: out of memory' });
  });
});

describe('The journal', () => {
  it('knows what became of each order, and what did not', () => {
    const journal = new Journal();
    for (const key of ['1', '2', '3', '4']) journal.add(['sent', key, LINES]);
    journal.add(['accepted', '1', 'a', 12]);
    journal.add(['refused', '2', 'REQUEST.INVALID']);
    journal.add(['failed', '3', 'request timeout']);
    journal.add(['cancelled', 'a']);
    expect(Object.fromEntries(journal.orders)).toEqual({
      1: { lines: LINES, id: 'a' },
      2: { lines: LINES, refusal: 'REQUEST.INVALID' },
      3: { lines: LINES },
      4: { lines: LINES },
    });
    expect(journal.failures).toEqual({ 'REQUEST.INVALID': 1, 'request timeout': 1 });
    expect(journal.cancelledIds).toEqual(new Set(['a']));
    const sum = (read: 'accepted' | 'failed'): number =>
      journal.seconds.reduce((total, second) => total + second[read], 0);
    expect([sum('accepted'), sum('failed')]).toEqual([1, 2]);
  });
});
