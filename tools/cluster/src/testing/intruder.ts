import { type ClusterShop, type Pod, type Reached, reachScript } from './cluster-shop.js';

const NAME = 'intruder';

/** Tries to connect from a pod that is none of the shop's, in its namespace. */
export async function intrude(shop: ClusterShop, addresses: readonly string[]): Promise<Reached> {
  const [{ spec }] = (await shop.pods('web')) as [Pod];
  const { kubectl } = shop;
  await kubectl.run([
    ...['run', NAME, '--image', spec.containers[0]!.image, '--image-pull-policy', 'IfNotPresent', '--restart', 'Never'],
    ...['--command', '--', 'node', '--input-type=module', '--eval', reachScript(addresses)],
  ]);
  try {
    await kubectl.run(['wait', `pod/${NAME}`, '--for', 'jsonpath={.status.phase}=Succeeded', '--timeout', '60s']);
    return JSON.parse(await kubectl.run(['logs', NAME])) as Reached;
  } finally {
    await kubectl.run(['delete', 'pod', NAME, '--now']);
  }
}
