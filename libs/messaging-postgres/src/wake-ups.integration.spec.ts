import { startTestPostgres, type TestPostgres } from '@looseleaf/infra';
import { SILENT } from '@looseleaf/messaging/adapter';
import pg from 'pg';
import { WAKE_CHANNEL } from './sql/pinned.js';
import { WakeUps, type WakeUpSubscription } from './wake-ups.js';

let server: TestPostgres;
let client: pg.Client;
let sut: WakeUps;

beforeAll(async () => {
  server = await startTestPostgres();
  client = new pg.Client({ connectionString: server.url() });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await server.stop();
});
beforeEach(() => {
  sut = new WakeUps({ url: server.url(), applicationName: 'listener', timeoutMs: 2000 }, SILENT);
});
afterEach(() => sut.close());

const notify = (queue: string) => client.query('SELECT pg_notify($1, $2)', [WAKE_CHANNEL, queue]);

function nextWakeUp(subscription: WakeUpSubscription, after = subscription.generation): Promise<void> {
  return new Promise((resolve) => subscription.once(after, resolve));
}

describe('WakeUps', () => {
  it('wakes everybody once when it has connected, because something may have come before', async () => {
    const [first, second] = [sut.subscribe('a'), sut.subscribe('b')];
    await Promise.all([nextWakeUp(first), nextWakeUp(second)]);
  });

  it('wakes those who wait for the queue that is named, and no others', async () => {
    const [here, there] = [sut.subscribe('a'), sut.subscribe('b')];
    await Promise.all([nextWakeUp(here), nextWakeUp(there)]);
    const before = there.generation;
    const woken = nextWakeUp(here);
    await notify('a');
    await woken;
    expect(there.generation).toBe(before);
  });

  it('does not forget a notification that came before anybody waited', async () => {
    const subscription = sut.subscribe('a');
    await nextWakeUp(subscription);
    const before = subscription.generation;
    await notify('a');
    await nextWakeUp(subscription, before);
    await nextWakeUp(subscription, before);
  });

  it('connects again when its connection is cut, and wakes everybody', async () => {
    const subscription = sut.subscribe('a');
    await nextWakeUp(subscription);
    const woken = nextWakeUp(subscription);
    await client.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'listener'`);
    await woken;
    const again = nextWakeUp(subscription);
    await notify('a');
    await again;
  });
});
