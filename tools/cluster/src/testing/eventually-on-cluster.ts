import { eventually } from '@looseleaf/infra';

const LOOK_EVERY_MS = 500;

/** As `eventually`, for what asks the cluster: each look is a process, and needs processors that pods need. */
export function eventuallyOnCluster<T>(look: () => Promise<T>, withinMs: number): Promise<T> {
  return eventually(look, withinMs, LOOK_EVERY_MS);
}
