import fc from 'fast-check';
import { eventually } from '@looseleaf/infra';
import type { Message } from '@looseleaf/messaging';
import { OK, status, WebhookReceiver } from '../testing/webhook-receiver.js';
import { aDepletion, open, subscribe, TestNotifier, type Replica } from '../testing/test-notifier.js';
import { deliveryId } from './delivery.js';

/** What may happen while events come in. */
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('events' as const), count: fc.integer({ min: 1, max: 40 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('kill' as const), replica: fc.nat({ max: 1 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('stop' as const), replica: fc.nat({ max: 1 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('receiver' as const), fails: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('again' as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer One> ? One : never;

describe('Several replicas', () => {
  let shop: TestNotifier;
  beforeAll(async () => (shop = await TestNotifier.start()));
  afterAll(() => shop.stop());

  const start = (): Promise<Replica> =>
    // Nothing is given up here, and what a dead replica held comes back soon.
    shop.replica({
      retry: { maxAttempts: 1_000, baseMs: 10, maxMs: 50 },
      waitMs: 200,
      smtpTimeoutMs: 300,
      webhookTimeoutMs: 300,
      sweepMs: 100,
    });

  it('deliver each event to each subscription once when nothing breaks', async () => {
    // No time-out and no lease is over before its time, however busy the machine is.
    const calm = { waitMs: 20_000, smtpTimeoutMs: 20_000, webhookTimeoutMs: 20_000 };
    const replicas = await Promise.all([1, 2, 3].map(() => shop.replica(calm)));
    const receiver = await WebhookReceiver.start();
    const subscriptions = await Promise.all([1, 2].map(() => subscribe(replicas[0]!, receiver.url)));
    const batches = Array.from({ length: 30 }, () => Array.from({ length: 10 }, () => aDepletion()));
    await Promise.all(batches.map((batch, index) => replicas[index % 3]!.notify.execute(batch)));
    await eventually(async () => expect(await open(replicas[0]!)).toBe(0));
    expect(receiver.counts()).toEqual(new Map(expectedIds(batches.flat(), subscriptions).map((id) => [id, 1])));
    for (const { id } of subscriptions) await replicas[0]!.subscriptions.delete(id);
    await Promise.all(replicas.map((replica) => replica.stop()));
    await receiver.stop();
  });

  it('lose nothing and invent nothing, whichever of them dies when', async () => {
    await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 15 }), survives), {
      numRuns: Number(process.env.INTERLEAVINGS ?? 8),
      endOnFailure: true,
    });
  });

  async function survives(steps: readonly Step[]): Promise<void> {
    const receiver = await WebhookReceiver.start();
    const replicas = [await start(), await start()];
    const subscriptions = await Promise.all([1, 2].map(() => subscribe(replicas[0]!, receiver.url)));
    const sent: Message[][] = [];
    for (const [index, what] of steps.entries()) {
      const replica = replicas[index % 2]!;
      if (what.kind === 'events') {
        sent.push(Array.from({ length: what.count }, () => aDepletion()));
        await replica.notify.execute(sent.at(-1)!);
      } else if (what.kind === 'again') {
        await replica.notify.execute(sent.at(-1) ?? []);
      } else if (what.kind === 'receiver') {
        receiver.answer = what.fails ? status(500) : OK;
      } else {
        await replicas[what.replica]![what.kind]();
        replicas[what.replica] = await start();
      }
    }
    receiver.answer = OK;
    await eventually(async () => expect(await open(replicas[0]!)).toBe(0));
    expect([...receiver.counts().keys()].toSorted()).toEqual(expectedIds(sent.flat(), subscriptions).toSorted());
    for (const { id } of subscriptions) await replicas[0]!.subscriptions.delete(id);
    await Promise.all(replicas.map((replica) => replica.stop()));
    await receiver.stop();
  }
});

function expectedIds(events: readonly Message[], subscriptions: readonly { id: string }[]): string[] {
  return events.flatMap(({ id: eventId }) =>
    subscriptions.map(({ id: subscriptionId }) => `msg_${deliveryId({ eventId, subscriptionId })}`),
  );
}
