import { existsSync } from 'node:fs';
import path from 'node:path';
import { REPOSITORY } from '@looseleaf/launcher';
import { run } from '../common/run.js';

/** Where the shop goes. */
export interface Target {
  /** Of the kubeconfig. */
  readonly context: string;
  /** `cluster.sh up|load <image>|down` of a cluster that is made for the shop; undefined: it is somebody else's. */
  readonly script?: string;
  /** Values for the chart, below the caller's own. */
  readonly valuesFiles: readonly string[];
  /** Where the shop is then reached; undefined: at a node. */
  readonly webUrl?: string;
}

const FOLDER = path.join(REPOSITORY, 'k8s');
const BUNDLED = path.join(FOLDER, 'bundled-values.yaml');
/** `k8s/kind/cluster.yaml` and `k8s/minikube/cluster.sh` publish the node's port there. */
const LOCAL = 'http://localhost:3000';

/** @param name `kind`, `minikube`, or a context of the kubeconfig */
export function targetOf(name: string): Target {
  const script = path.join(FOLDER, name, 'cluster.sh');
  if (!existsSync(script)) return { context: name, valuesFiles: [BUNDLED] };
  // kind puts its name before the cluster's, minikube does not.
  const context = name === 'kind' ? 'kind-looseleaf' : 'looseleaf';
  return { context, script, valuesFiles: [BUNDLED], webUrl: LOCAL };
}

/** Makes the cluster where it has to be made. */
export async function startCluster({ script }: Target): Promise<void> {
  if (script) await run(script, ['up'], { show: true });
}

/** Gives an image of this machine to the cluster's nodes. */
export async function loadImage({ script }: Target, image: string): Promise<void> {
  if (script) await run(script, ['load', image], { show: true });
}

/** @returns whether there was a cluster of the shop's own */
export async function removeCluster({ script }: Target): Promise<boolean> {
  if (script) await run(script, ['down'], { show: true });
  return script !== undefined;
}
