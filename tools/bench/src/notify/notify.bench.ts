import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { createBroker } from '@looseleaf/backing-services';
import { INVENTORY_EVENTS_TOPIC, stockDepleted } from '@looseleaf/contracts';
import { spawnShop, type RunningShop } from '@looseleaf/launcher';
import { createCheckedMessage, type MessageBroker } from '@looseleaf/messaging';
import { startChild } from '../child.js';
import type { Figure } from '../figure.js';
import { median } from '../load.js';
import type { Received, Told } from './webhook-sink.main.js';

const EVENTS = 1_000;
const SUBSCRIPTIONS = 100;
/** Each event is wanted by one subscription in ten. */
const STORES = 10;
const WARM_UP_EVENTS = 100;
const PAIRS = 3;
const ROUND_DEADLINE_MS = 60_000;

type Sink = Awaited<ReturnType<typeof startChild<{ port: number }>>>;

interface Parts {
  readonly shop: RunningShop;
  readonly broker: MessageBroker;
  readonly sink: Sink;
}

/** What came of a round. */
interface Round {
  readonly meanMs: number;
  readonly perSecond: number;
}

/**
 * How long the subscribers of a shop wait for their webhooks while one of a hundred hangs, against none hanging, in turn.
 * Every delivery to the other 99 counts, from when the event was published to when it arrived.
 */
export async function benchNotify(): Promise<Figure[]> {
  const spawned = await spawnShop();
  const sink = await startChild<{ port: number }>('notify/webhook-sink.main.js');
  const shop = spawned.shop();
  const broker = await createBroker(shop.broker, { name: 'bench' });
  try {
    const parts = { shop, broker, sink };
    for (let index = 1; index < SUBSCRIPTIONS; index += 1) await subscribe(parts, `/${index}`, index);
    await measure(parts, { hang: false, count: WARM_UP_EVENTS });
    const pairs: { none: Round; one: Round }[] = [];
    for (let pair = 0; pair < PAIRS; pair += 1) {
      const none = await measure(parts, { hang: false, count: EVENTS });
      pairs.push({ none, one: await measure(parts, { hang: true, count: EVENTS }) });
    }
    return [figureOf(pairs)];
  } finally {
    await broker.close();
    await sink.stop();
    await spawned.stop();
  }
}

/** One subscription is made for the round and deleted after it, with whatever still waits for it. */
async function measure(parts: Parts, { hang, count }: { hang: boolean; count: number }): Promise<Round> {
  const { broker, sink, shop } = parts;
  tell(sink, { hang });
  const address = await subscribe(parts, '/hang', 0);
  const startedAt = performance.now();
  const events = Array.from({ length: count }, (_, index) =>
    createCheckedMessage(stockDepleted, { store: `store-${index % STORES}`, sku: `item-${index}` }),
  );
  await broker.topic(INVENTORY_EVENTS_TOPIC).publish(events);
  const delaysMs = await untilReceived(sink, (count / STORES) * (SUBSCRIPTIONS - 1));
  const seconds = (performance.now() - startedAt) / 1000;
  const deleted = await fetch(address, { method: 'DELETE', headers: operator(shop) });
  if (deleted.status !== 204) throw new Error(`deleting a subscription was answered ${deleted.status}`);
  return {
    meanMs: delaysMs.reduce((sum, delayMs) => sum + delayMs, 0) / delaysMs.length,
    perSecond: delaysMs.length / seconds,
  };
}

/** @returns the address of the subscription */
async function subscribe({ shop, sink }: Parts, path: string, index: number): Promise<string> {
  const answer = await fetch(`${shop.webUrl}/v1/subscriptions`, {
    method: 'POST',
    headers: { ...operator(shop), 'content-type': 'application/json' },
    body: JSON.stringify({
      events: [stockDepleted.name],
      filter: { store: [`store-${index % STORES}`], sku: [{ prefix: 'item-' }] },
      deliver: { webhook: `http://127.0.0.1:${sink.first.port}${path}`, secret: 'a secret for the benchmark' },
    }),
  });
  if (answer.status !== 201) throw new Error(`a subscription was answered ${answer.status}: ${await answer.text()}`);
  const { id } = (await answer.json()) as { id: string };
  return `${shop.webUrl}/v1/subscriptions/${id}`;
}

async function untilReceived(sink: Sink, count: number): Promise<number[]> {
  for (const giveUpAt = Date.now() + ROUND_DEADLINE_MS; ; await sleep(50)) {
    tell(sink, { report: true });
    const [{ delaysMs }] = (await once(sink.child, 'message')) as [Received];
    if (delaysMs.length >= count) return delaysMs;
    if (Date.now() > giveUpAt) throw new Error(`only ${delaysMs.length} of ${count} webhooks came`);
  }
}

function tell({ child }: Sink, told: Told): void {
  child.send(told);
}

function operator({ operatorKey }: RunningShop): { authorization: string } {
  return { authorization: `Bearer ${operatorKey}` };
}

function figureOf(pairs: readonly { none: Round; one: Round }[]): Figure {
  const ratio = median(pairs.map(({ none, one }) => one.meanMs / none.meanMs));
  const ofAll = (name: 'none' | 'one', value: keyof Round): number =>
    Math.round(median(pairs.map((pair) => pair[name][value])));
  return {
    name: 'delay of webhooks beside one that hangs, against none',
    value: ratio,
    unit: '×',
    reach: '≤ 1.1',
    reached: ratio <= 1.1,
    detail:
      `mean of ${ofAll('one', 'meanMs')} ms against ${ofAll('none', 'meanMs')} ms, ${ofAll('none', 'perSecond')}/s; ` +
      `${EVENTS} events at once, ${SUBSCRIPTIONS} subscriptions`,
  };
}
