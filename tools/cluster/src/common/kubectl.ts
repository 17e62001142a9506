import { run, type RunOptions } from './run.js';

/** What is read of any object of Kubernetes. */
export interface KubeObject {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly deletionTimestamp?: string;
  };
}

/** `kubectl` in one context and namespace. */
export class Kubectl {
  constructor(
    readonly context: string,
    readonly namespace: string,
  ) {}

  /** @returns what it printed @throws ClusterError */
  run(args: readonly string[], options?: RunOptions): Promise<string> {
    return run('kubectl', ['--context', this.context, '--namespace', this.namespace, ...args], options);
  }

  /** One object, or a list of them under `items`. */
  async get<T>(...args: readonly string[]): Promise<T> {
    return JSON.parse(await this.run(['get', ...args, '--output', 'json'])) as T;
  }

  async list<T extends KubeObject>(kind: string, selector?: string): Promise<T[]> {
    const { items } = await this.get<{ items: T[] }>(kind, ...(selector === undefined ? [] : ['--selector', selector]));
    return items;
  }

  /** The value of one key of a secret. */
  async secret(name: string, key: string): Promise<string> {
    const { data } = await this.get<{ data: Record<string, string> }>('secret', name);
    return Buffer.from(data[key] ?? '', 'base64').toString();
  }
}
