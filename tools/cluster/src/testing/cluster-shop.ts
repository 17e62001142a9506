import { Helm, type ReleaseOptions } from '../common/helm.js';
import { Kubectl, type KubeObject } from '../common/kubectl.js';
import { ClusterError } from '../cluster.error.js';
import { targetOf } from '../targets/target.js';
import { readOperatorKey } from '../up/up.js';
import { readNodeAddress } from '../up/web-address.js';
import { eventuallyOnCluster } from './eventually-on-cluster.js';
import { CHART, NAMESPACE, RELEASE, settings } from './settings.js';
import { ShopApi } from './shop-api.js';

const READY_MS = 180_000;
const CONNECT_MS = 3_000;

export interface Pod extends KubeObject {
  readonly spec: { readonly containers: readonly { readonly image: string }[] };
  readonly status: {
    readonly phase: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

interface PodMetrics {
  readonly containers: readonly { readonly usage: { readonly memory: string } }[];
}

/** By `component:port`. */
export type Reached = Readonly<Record<string, boolean>>;

interface Scale {
  readonly spec: { readonly replicas: number };
  readonly status: { readonly readyReplicas?: number };
}

/** The installation that the tests share. */
export class ClusterShop {
  private constructor(
    readonly kubectl: Kubectl,
    readonly helm: Helm,
    readonly api: ShopApi,
  ) {}

  static async connect(): Promise<ClusterShop> {
    const { context, webUrl } = targetOf(settings.on);
    const kubectl = new Kubectl(context, NAMESPACE);
    const address = webUrl ?? (await readNodeAddress(kubectl, RELEASE));
    const api = new ShopApi(address, await readOperatorKey(kubectl, RELEASE));
    return new ClusterShop(kubectl, new Helm(context, NAMESPACE, RELEASE), api);
  }

  /** Changes to another image, and resolves when everything is ready. @throws ClusterError when that is not in time */
  upgradeTo(tag: string, options: ReleaseOptions = {}): Promise<void> {
    return this.helm.upgrade(CHART, { reuseValues: true, set: [`image.tag=${tag}`], ...options });
  }

  /** Changes some values, and no version; resolves when everything is ready. */
  change(...set: string[]): Promise<void> {
    return this.helm.upgrade(CHART, { reuseValues: true, skipHooks: true, set });
  }

  /** Those that are not about to go. */
  async pods(component: string): Promise<Pod[]> {
    const pods = await this.kubectl.list<Pod>('pods', selectorOf(component));
    return pods.filter(
      ({ metadata, status }) => metadata.deletionTimestamp === undefined && status.phase !== 'Succeeded',
    );
  }

  /** Tags of the images that ready pods of these components run. */
  async tagsOf(components: readonly string[]): Promise<string[]> {
    const pods = (await Promise.all(components.map((component) => this.pods(component)))).flat();
    return [...new Set(pods.filter(isReady).map(({ spec }) => spec.containers[0]!.image.split(':').at(-1)!))];
  }

  async deletePod({ metadata }: Pod): Promise<void> {
    await this.kubectl.run(['delete', 'pod', metadata.name, '--wait=false']);
  }

  /** As a drained node does it. @returns false when the disruption budget does not allow it at present */
  async evict({ metadata: { name } }: Pod): Promise<boolean> {
    const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace: NAMESPACE } };
    const path = `/api/v1/namespaces/${NAMESPACE}/pods/${name}/eviction`;
    try {
      await this.kubectl.run(['create', '--raw', path, '--filename', '-'], { input: JSON.stringify(eviction) });
      return true;
    } catch (error) {
      if (error instanceof ClusterError && error.message.includes('disruption budget')) return false;
      throw error;
    }
  }

  /** Resolves when all pods of a component are ready and none of these is among them. */
  async untilReplaced(component: string, gone: readonly Pod[]): Promise<void> {
    const wanted = gone.length;
    const uids = new Set(gone.map(({ metadata }) => metadata.uid));
    await eventuallyOnCluster(async () => {
      const pods = (await this.pods(component)).filter(isReady);
      const fresh = pods.filter(({ metadata }) => !uids.has(metadata.uid));
      if (fresh.length < wanted) throw new Error(`${fresh.length} of ${wanted} new pods of ${component} are ready`);
    }, READY_MS);
  }

  async replicas(deployment: string): Promise<{ wanted: number; ready: number }> {
    const { spec, status } = await this.kubectl.get<Scale>('deployment', `${RELEASE}-${deployment}`);
    return { wanted: spec.replicas, ready: status.readyReplicas ?? 0 };
  }

  /** Of all its pods, by the metrics API. */
  async memoryBytes(): Promise<number> {
    const path = `/apis/metrics.k8s.io/v1beta1/namespaces/${NAMESPACE}/pods`;
    const { items } = JSON.parse(await this.kubectl.run(['get', '--raw', path])) as { items: PodMetrics[] };
    return items.flatMap(({ containers }) => containers).reduce((sum, { usage }) => sum + inBytes(usage.memory), 0);
  }

  /** Which `component:port` can be connected to from a pod. */
  async reaches(pod: Pod, addresses: readonly string[]): Promise<Reached> {
    return JSON.parse(await this.evaluate(pod, reachScript(addresses))) as Reached;
  }

  /** Runs JavaScript in a pod and returns what it prints. */
  evaluate({ metadata }: Pod, script: string): Promise<string> {
    return this.kubectl.run(['exec', metadata.name, '--', 'node', '--input-type=module', '--eval', script]);
  }
}

function isReady({ status }: Pod): boolean {
  return status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') === true;
}

function selectorOf(component: string): string {
  return `app.kubernetes.io/instance=${RELEASE},app.kubernetes.io/component=${component}`;
}

/** JavaScript that prints {@link Reached}. */
export function reachScript(addresses: readonly string[]): string {
  const targets = addresses.map((address) => {
    const [component, port] = address.split(':');
    return { address, host: `${RELEASE}-${component}`, port: Number(port) };
  });
  return `
    import net from 'node:net';
    const reach = ({ host, port }) => new Promise((resolve) => {
      const socket = net.connect({ host, port, timeout: ${CONNECT_MS} });
      const end = (reached) => { socket.destroy(); resolve(reached); };
      socket.once('connect', () => end(true)).once('timeout', () => end(false)).once('error', () => end(false));
    });
    const reached = await Promise.all(${JSON.stringify(targets)}.map(async (t) => [t.address, await reach(t)]));
    console.log(JSON.stringify(Object.fromEntries(reached)));`;
}

const UNITS: Readonly<Record<string, number>> = { Ki: 1024, Mi: 1024 ** 2, Gi: 1024 ** 3 };

/** A quantity of memory, as `123Ki`. */
function inBytes(quantity: string): number {
  const [, amount, unit] = /^(\d+)(\w*)$/.exec(quantity) ?? [];
  return Number(amount) * (UNITS[unit ?? ''] ?? 1);
}
