import path from 'node:path';
import { REPOSITORY } from '@looseleaf/launcher';
import { fromCaller } from '@looseleaf/replay';

export { CHART } from '../up/up.js';

export const NAMESPACE = 'looseleaf-test';
export const RELEASE = 'shop';
export const SERVICES = ['web', 'orders', 'inventory', 'sessions', 'notifier'] as const;

/** What the tests are told about the cluster, by environment variables. */
export const settings = {
  /** `CLUSTER`: kind, minikube, or a context of the kubeconfig. */
  on: required('CLUSTER'),
  /** `IMAGE`: `repository:tag` that the cluster has or can pull. */
  image: required('IMAGE'),
  /** `NEXT_TAG`: of the same repository, to upgrade to. It may be the same image under another name. */
  nextTag: required('NEXT_TAG'),
  /** `NETWORK_POLICIES=ignored` where the cluster does not enforce them. */
  networkPolicies: process.env.NETWORK_POLICIES !== 'ignored',
} as const;

/** The tests' own, and those of `VALUES`, separated by commas. */
export const VALUES_FILES: readonly string[] = [
  path.join(REPOSITORY, 'tools', 'cluster', 'test-values.yaml'),
  ...(process.env.VALUES ?? '').split(',').filter(Boolean).map(fromCaller),
];

function required(name: string): string {
  const value = process.env[name];
  if (value) return value;
  throw new Error(`${name} is not set: k8s/README.md says how the tests are run`);
}
