import { ServerWatch } from './server-watch.js';

function aWatch(): { watch: ServerWatch; lines: string[] } {
  const lines: string[] = [];
  const note = (_fields: object, line: string): void => void lines.push(line);
  return { watch: new ServerWatch({ info: note, warn: note, error: note }), lines };
}

describe('While the mail server is away', () => {
  it('all mail waits, and then one tries for the others', () => {
    const { watch } = aWatch();
    expect(watch.awayMs(0)).toBe(0);
    const pauseMs = watch.failed('refused', 0);
    expect(watch.awayMs(pauseMs - 1)).toBe(1);
    expect(watch.awayMs(pauseMs)).toBe(0);
    expect(watch.awayMs(pauseMs)).toBeGreaterThan(0);
  });

  it('the tries become rarer, down to one in a few seconds', () => {
    const { watch } = aWatch();
    for (let tries = 0; tries < 5; tries += 1) watch.failed('refused', 0);
    for (let tries = 0; tries < 2_000; tries += 1) {
      const pauseMs = watch.failed('refused', 0);
      expect(pauseMs).toBeGreaterThanOrEqual(2_500);
      expect(pauseMs).toBeLessThanOrEqual(5_000);
    }
  });

  it('it is told once, and once more when it is back', () => {
    const { watch, lines } = aWatch();
    watch.failed('refused', 0);
    watch.failed('refused', 0);
    watch.answered();
    watch.answered();
    expect(lines).toEqual(['the mail server is away; mail waits', 'the mail server answers again']);
    expect(watch.awayMs(0)).toBe(0);
  });
});
