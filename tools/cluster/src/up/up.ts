import path from 'node:path';
import { REPOSITORY } from '@looseleaf/launcher';
import { Helm } from '../common/helm.js';
import { Kubectl } from '../common/kubectl.js';
import { buildImage } from '../image/build-image.js';
import { loadImage, startCluster, targetOf, type Target } from '../targets/target.js';
import { placeFirstOrder } from './first-order.js';
import { showProgress } from './show-progress.js';
import { readNodeAddress } from './web-address.js';

export const CHART = path.join(REPOSITORY, 'charts', 'looseleaf');

export interface UpOptions {
  /** `kind`, `minikube`, or a context of the kubeconfig. */
  readonly on: string;
  readonly namespace: string;
  readonly release: string;
  /** `repository:tag` that the cluster has or can pull; undefined: it is built here and loaded. */
  readonly image?: string;
  /** Values for the chart, above those of `k8s/`. */
  readonly values: readonly string[];
}

export interface Installed {
  readonly webUrl: string;
  readonly operatorKey: string;
  readonly firstOrderId: string;
  /** From `helm install`, with the images present, to the first confirmed order. */
  readonly installMs: number;
}

/**
 * Brings up the shop in a cluster, and the cluster itself where it is one of ours: image, chart, first order. Safe to repeat.
 * @throws ClusterError
 */
export async function up(options: UpOptions, say: (text: string) => void): Promise<Installed> {
  const { on, namespace, release } = options;
  const target = targetOf(on);
  await startCluster(target);
  const image = options.image ?? (await provideImage(target, say));
  const kubectl = new Kubectl(target.context, namespace);
  const startedAtMs = Date.now();
  say(`Installing ${image} in ${namespace} of ${target.context}`);
  const installation = new Helm(target.context, namespace, release).upgrade(CHART, {
    valuesFiles: [...target.valuesFiles, ...options.values],
    set: imageValues(image),
  });
  await showProgress(kubectl, release, installation);
  say(`Ready after ${seconds(Date.now() - startedAtMs)}; placing an order`);
  const webUrl = target.webUrl ?? (await readNodeAddress(kubectl, release));
  const operatorKey = await readOperatorKey(kubectl, release);
  const firstOrderId = await placeFirstOrder(webUrl, operatorKey);
  return { webUrl, operatorKey, firstOrderId, installMs: Date.now() - startedAtMs };
}

export function imageValues(image: string): string[] {
  const tagAt = image.lastIndexOf(':');
  return [`image.repository=${image.slice(0, tagAt)}`, `image.tag=${image.slice(tagAt + 1)}`];
}

export function readOperatorKey(kubectl: Kubectl, release: string): Promise<string> {
  return kubectl.secret(`${release}-keys`, 'operator-key');
}

async function provideImage(target: Target, say: (text: string) => void): Promise<string> {
  say('Building the image');
  const image = await buildImage();
  await loadImage(target, image);
  return image;
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
