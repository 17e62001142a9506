import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ProgressLine } from '../common/progress-line.js';
import type { RunningShop } from '../data-directory/read-shop.js';
import { untilImported } from './until-imported.js';

const ID = '0191';
const file = (state: string, rowsRead = 0): object => ({ id: ID, state, rowsRead, rowsImported: 0, rowsRejected: 3 });

describe('The wait for an import', () => {
  let server: Server;
  let answers: [status: number, body: object][];
  let shown: string[];
  let shop: RunningShop;

  beforeEach(async () => {
    [answers, shown] = [[], []];
    server = createServer((_request, response) => {
      const [status, body] = answers.shift()!;
      response.writeHead(status).end(JSON.stringify(body));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    shop = { webUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, operatorKey: 'key' } as RunningShop;
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  const wait = (signal = new AbortController().signal): ReturnType<typeof untilImported> => {
    const line = new ProgressLine({ isTTY: true, write: (text: string) => shown.push(text.trim()) });
    return untilImported(shop, ID, { line, later: 'curl later', signal });
  };

  it('shows each state in one line, and ends with the import', async () => {
    answers.push([200, file('received')], [200, file('importing', 0)], [200, file('importing', 5_000)]);
    answers.push([200, file('imported', 9_000)]);
    expect(await wait()).toMatchObject({ state: 'imported', rowsRead: 9_000 });
    expect(shown).toEqual([
      'received: waits for its turn',
      'importing: 0 rows, 0 rows/s, 3 rejected',
      expect.stringMatching(/^importing: 5,000 rows, [\d,]+ rows\/s, 3 rejected$/),
    ]);
  });

  it('goes on through outages', async () => {
    answers.push(
      [503, { code: 'UPSTREAM.UNREACHABLE', detail: 'The inventory service is away' }],
      [200, file('failed')],
    );
    expect(await wait()).toMatchObject({ state: 'failed' });
    expect(shown).toEqual(['waiting: The inventory service is away']);
  });

  it('ends when the user has enough', async () => {
    const interruption = new AbortController();
    interruption.abort();
    answers.push([200, file('received')]);
    await expect(wait(interruption.signal)).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('shows nothing where there is no terminal', async () => {
    const line = new ProgressLine({ write: (text: string) => shown.push(text) });
    line.show('text');
    line.clear();
    expect(shown).toEqual([]);
  });
});
