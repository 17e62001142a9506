import { Helm } from '../common/helm.js';
import { Kubectl } from '../common/kubectl.js';
import { removeCluster, targetOf } from '../targets/target.js';

export interface DownOptions {
  readonly on: string;
  readonly namespace: string;
  readonly release: string;
}

/** Removes the shop with its data, and the cluster where it was made for the shop. Safe to repeat. */
export async function down({ on, namespace, release }: DownOptions): Promise<void> {
  const target = targetOf(on);
  if (await removeCluster(target)) return;
  await new Helm(target.context, namespace, release).uninstall();
  await new Kubectl(target.context, namespace).run(['delete', 'namespace', namespace, '--ignore-not-found']);
}
