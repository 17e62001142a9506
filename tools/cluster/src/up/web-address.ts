import { ClusterError } from '../cluster.error.js';
import type { Kubectl } from '../common/kubectl.js';

interface Service {
  readonly spec: { readonly ports: readonly { readonly nodePort?: number }[] };
}

interface Node {
  readonly status: { readonly addresses: readonly { readonly type: string; readonly address: string }[] };
}

/**
 * The web tier at the port that it has on every node.
 * @throws ClusterError `CLUSTER.NO_NODE_PORT` when the values chose another entry
 */
export async function readNodeAddress(kubectl: Kubectl, release: string): Promise<string> {
  const { spec } = await kubectl.get<Service>('service', `${release}-web`);
  const port = spec.ports[0]?.nodePort;
  if (port === undefined) {
    throw new ClusterError(
      'CLUSTER.NO_NODE_PORT',
      `the service ${release}-web has no port on the nodes: the shop is reached as your values say, or by\n` +
        `  kubectl --namespace ${kubectl.namespace} port-forward service/${release}-web 3000`,
    );
  }
  const { items } = await kubectl.get<{ items: Node[] }>('nodes');
  const addresses = items[0]?.status.addresses ?? [];
  const address = ['ExternalIP', 'InternalIP'].flatMap((type) => addresses.find((each) => each.type === type) ?? [])[0];
  return `http://${address?.address ?? 'localhost'}:${port}`;
}
