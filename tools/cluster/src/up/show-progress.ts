import { setTimeout as sleep } from 'node:timers/promises';
import { ProgressLine } from '@looseleaf/launcher';
import type { KubeObject, Kubectl } from '../common/kubectl.js';

const POLL_MS = 1_000;

interface Pod extends KubeObject {
  readonly status: {
    readonly phase: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

/** Shows which pods are not ready yet while the work is done, on a terminal. */
export async function showProgress<T>(kubectl: Kubectl, release: string, work: Promise<T>): Promise<T> {
  const line = new ProgressLine();
  const done = new AbortController();
  const watch = async (): Promise<void> => {
    while (!done.signal.aborted) {
      line.show(await describe(kubectl, release));
      await sleep(POLL_MS, undefined, { signal: done.signal }).catch(() => undefined);
    }
  };
  const watching = watch();
  try {
    return await work;
  } finally {
    done.abort();
    await watching;
    line.clear();
  }
}

async function describe(kubectl: Kubectl, release: string): Promise<string> {
  try {
    const pods = await kubectl.list<Pod>('pods', `app.kubernetes.io/instance=${release}`);
    const waiting = pods.filter((pod) => !isReady(pod)).map(({ metadata }) => metadata.name);
    return `${pods.length - waiting.length} of ${pods.length} pods are ready; waiting for ${waiting.join(', ')}`;
  } catch (error) {
    // Only a picture: what really fails, the work itself says.
    return (error as Error).message.split('\n')[0]!;
  }
}

function isReady({ status }: Pod): boolean {
  const isJobDone = status.phase === 'Succeeded';
  return isJobDone || status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') === true;
}
