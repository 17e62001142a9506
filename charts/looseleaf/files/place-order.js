// `helm test`: an order for a thing that the shop does not have goes the whole way, through the queues and back, and is
// rejected. It takes nothing from the stock.
import { setTimeout as sleep } from 'node:timers/promises';

const [web] = process.argv.slice(1);
const TIMEOUT_MS = 30_000;

const accepted = await fetch(`${web}/v1/orders`, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ lines: [{ sku: 'HELM-TEST', quantity: 1 }] }),
});
if (accepted.status !== 202) throw new Error(`the order got ${accepted.status}: ${await accepted.text()}`);
const { id } = await accepted.json();

let state;
for (const startedAt = Date.now(); state !== 'rejected'; await sleep(250)) {
  if (Date.now() - startedAt > TIMEOUT_MS) throw new Error(`order ${id} is ${state} after ${TIMEOUT_MS} ms`);
  const answer = await fetch(`${web}/v1/orders/${id}`);
  ({ state } = await answer.json());
  if (state === 'confirmed') throw new Error('an order for a thing that nobody has was confirmed');
}
console.log(`order ${id} was accepted, and settled by orders and inventory`);
